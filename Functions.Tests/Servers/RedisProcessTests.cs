using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Functions.Tests.Servers;

public sealed class RedisProcessTests
{
    private const string DriverVariable = "REDIS_PROCESS_TESTS_REPORT";

    [Theory, InlineData(RedisPersistence.AppendEverySecond), InlineData(RedisPersistence.AppendAlways)]
    public async Task A_killed_server_keeps_what_it_appended_to_its_file(RedisPersistence persistence)
    {
        await using var server = await RedisProcess.StartNewAsync(persistence);
        await server.CallAsync("SET", "kept", "yes");

        await server.KillAsync();
        await server.StartAsync();

        Assert.Equal("yes", await server.CallAsync("GET", "kept"));
    }

    [Fact]
    public async Task A_killed_server_without_persistence_comes_back_empty()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await server.CallAsync("SET", "kept", "no");

        await server.KillAsync();
        Assert.False(server.IsRunning);
        await server.StartAsync();

        Assert.Null(await server.CallAsync("GET", "kept"));
    }

    [Fact]
    public async Task A_paused_server_accepts_connections_and_answers_only_when_it_is_resumed()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await server.PauseAsync();

        using var connection = await RespConnection.OpenAsync(server.Endpoint);
        var reply = connection.CallAsync("PING");
        Assert.NotSame(reply, await Task.WhenAny(reply, Task.Delay(100, TestContext.Current.CancellationToken)));

        await server.ResumeAsync();
        Assert.Equal("PONG", await reply);
    }

    [Fact]
    public async Task A_paused_server_can_be_stopped()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await server.PauseAsync();

        await server.StopAsync();

        Assert.False(server.IsRunning);
    }

    [Fact]
    public async Task A_server_that_refuses_its_settings_says_why()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => RedisProcess.StartNewAsync(settings: "no-such-setting 1"));

        Assert.Contains("no-such-setting", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_removes_the_process_and_its_directory()
    {
        var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        var directory = await DirectoryOfAsync(server);
        Assert.True(Directory.Exists(directory));

        await server.DisposeAsync();

        Assert.False(IsAlive(server.ProcessId));
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Killing_the_process_that_started_a_server_leaves_neither_server_nor_directory()
    {
        if (Environment.GetEnvironmentVariable(DriverVariable) is { } reportOfDriver)
        {
            await DriveAsync(reportOfDriver);
            return;
        }
        RedisAvailability.RequireRedisServer();
        var report = Path.GetTempFileName();
        try
        {
            // This test program again, to run this test as the process that is killed.
            using var driver = Process.Start(new ProcessStartInfo(
                Path.Combine(AppContext.BaseDirectory, "Functions.Tests"),
                ["-noLogo", "-method", $"{typeof(RedisProcessTests).FullName}.{TestContext.Current.TestMethod!.MethodName}"])
            {
                Environment = { [DriverVariable] = report },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await TestPolling.EventuallyAsync(() => Task.FromResult(driver.HasExited || File.ReadAllLines(report).Length == 2),
                TimeSpan.FromSeconds(30), "the driver to start its server");
            Assert.False(driver.HasExited, "The driver failed.");
            var lines = await File.ReadAllLinesAsync(report, TestContext.Current.CancellationToken);
            var (processId, directory) = (int.Parse(lines[0], CultureInfo.InvariantCulture), lines[1]);
            Assert.True(IsAlive(processId));
            Assert.True(Directory.Exists(directory));

            driver.Kill(); // SIGKILL, and only that process: nothing of it can clean up

            await TestPolling.EventuallyAsync(() => Task.FromResult(!IsAlive(processId) && !Directory.Exists(directory)),
                TimeSpan.FromSeconds(5), "the server and its directory to be gone");
        }
        finally
        {
            File.Delete(report);
        }
    }

    /// <summary>Starts a server, paused so that it cannot end by its own doing, and waits for the end.</summary>
    private static async Task DriveAsync(string report)
    {
        await using var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        var directory = await DirectoryOfAsync(server);
        await server.PauseAsync();
        await File.WriteAllLinesAsync(report, [server.ProcessId.ToString(CultureInfo.InvariantCulture), directory], TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }

    private static async Task<string> DirectoryOfAsync(RedisProcess server) =>
        (string)((object?[])(await server.CallAsync("CONFIG", "GET", "dir"))!)[1]!;

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
