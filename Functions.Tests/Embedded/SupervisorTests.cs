using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Functions.LocalHost.Embedded;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Functions.Tests.Embedded;

public sealed class SupervisorTests
{
    [Fact]
    public async Task Disposal_stops_what_was_registered()
    {
        using var root = new TemporaryRoot();
        using var sleeping = Sleep();
        var supervisor = Supervisor.Start(root.Path);
        supervisor.Register("sleep", sleeping);

        await supervisor.DisposeAsync();

        await sleeping.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists(Path.Combine(root.Path, "supervisor.log")));
    }

    [Fact]
    public async Task The_latest_registration_is_stopped_first()
    {
        using var root = new TemporaryRoot();
        var log = Path.Combine(root.Path, "order");
        var supervisor = Supervisor.Start(root.Path);
        supervisor.Register(new StopAction("first", new ProgramCall("sh", ["-c", $"echo first >> {log}"])));
        supervisor.Register(new StopAction("second", new ProgramCall("sh", ["-c", $"echo second >> {log}"])));

        await supervisor.DisposeAsync();

        Assert.Equal(["second", "first"], await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_failure_does_not_keep_the_others_from_being_stopped()
    {
        using var root = new TemporaryRoot();
        using var sleeping = Sleep();
        var supervisor = Supervisor.Start(root.Path);
        supervisor.Register("sleep", sleeping);
        supervisor.Register(new StopAction("broken", new ProgramCall("/no/such/program", [])));

        var failure = await Assert.ThrowsAsync<AggregateException>(async () => await supervisor.DisposeAsync());

        Assert.Contains("/no/such/program", failure.Message, StringComparison.Ordinal);
        await sleeping.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Disposal_does_the_work_of_a_killed_supervisor()
    {
        using var root = new TemporaryRoot();
        using var sleeping = Sleep();
        var supervisor = Supervisor.Start(root.Path);
        supervisor.Register("sleep", sleeping);
        supervisor.Identity!.Kill();

        await supervisor.DisposeAsync();

        await sleeping.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Interrupts_of_the_process_group_do_not_end_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such signals.");
        using var root = new TemporaryRoot();
        using var sleeping = Sleep();
        var supervisor = Supervisor.Start(root.Path);
        supervisor.Register("sleep", sleeping);
        var identity = supervisor.Identity!;

        // A signal that arrives before the child is up ends it, which disposal makes good; so wait for its handlers.
        await TemporaryRoot.EventuallyAsync(() => SurvivesInterrupts(identity.Id), "the supervisor handles signals");
        foreach (var signal in new[] { "INT", "TERM", "HUP" })
        {
            await new ProgramCall("sh", ["-c", $"kill -{signal} {identity.Id}"]).RunSuccessfullyAsync(cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.True(identity.IsRunning);
        await supervisor.DisposeAsync();
        Assert.False(identity.IsRunning);
    }

    [Fact]
    public async Task Nothing_survives_a_killed_local_host()
    {
        using var root = new TemporaryRoot();
        using var driver = await StartDriverAsync(root);
        var postmaster = TemporaryRoot.Postmaster(root.Instance(1));
        var supervisor = SupervisorOf(root);
        Assert.True(postmaster is { IsRunning: true } && supervisor.IsRunning && Answers(driver.AzuritePort));

        driver.Process.Kill();

        await TemporaryRoot.EventuallyAsync(() => !postmaster.IsRunning, "PostgreSQL is stopped");
        await TemporaryRoot.EventuallyAsync(() => !Answers(driver.AzuritePort), "Azurite is stopped");
        await TemporaryRoot.EventuallyAsync(() => !supervisor.IsRunning, "the supervisor has ended");
        Assert.False(File.Exists(Path.Combine(root.Instance(1), "supervisor.log")));
    }

    [Fact]
    public async Task The_next_start_waits_for_the_supervisor_of_a_killed_local_host_and_keeps_the_data()
    {
        using var root = new TemporaryRoot();
        using var driver = await StartDriverAsync(root);
        await ExecuteAsync(driver.Postgres, "CREATE TABLE kept (id int)");

        // The wait is for the system, which releases the lock when it has taken down the process.
        driver.Process.Kill();
        await driver.Process.WaitForExitAsync(TestContext.Current.CancellationToken);

        await using var servers = await StartPostgresAsync(root);
        await ExecuteAsync(servers.Settings["ConnectionStrings:Postgres"]!, "INSERT INTO kept VALUES (1)");
        Assert.StartsWith(root.Instance(1), servers.Settings["Email:Directory"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_start_recovers_when_the_supervisor_was_killed_too()
    {
        using var root = new TemporaryRoot();
        using var driver = await StartDriverAsync(root);
        await ExecuteAsync(driver.Postgres, "CREATE TABLE kept (id int)");
        var orphan = TemporaryRoot.Postmaster(root.Instance(1))!;

        SupervisorOf(root).Kill();
        driver.Process.Kill();
        await driver.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await TemporaryRoot.EventuallyAsync(() => !Answers(driver.AzuritePort), "Azurite ends by itself");
        Assert.True(orphan.IsRunning);

        await using var servers = await StartPostgresAsync(root);
        await ExecuteAsync(servers.Settings["ConnectionStrings:Postgres"]!, "INSERT INTO kept VALUES (1)");
        Assert.False(orphan.IsRunning);
    }

    private static Process Sleep() => Process.Start("sleep", "600");

    private static bool SurvivesInterrupts(int process)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // Started in the background of a shell, it inherits that interrupts are ignored; they do not end it either.
        const ulong interruptTerminateHangup = (1 << 1) | (1 << 14) | (1 << 0);
        var survived = File.ReadLines($"/proc/{process}/status")
            .Where(line => line.StartsWith("SigCgt:", StringComparison.Ordinal) || line.StartsWith("SigIgn:", StringComparison.Ordinal))
            .Aggregate(0UL, (signals, line) => signals | Convert.ToUInt64(line["SigCgt:".Length..].Trim(), 16));
        return (survived & interruptTerminateHangup) == interruptTerminateHangup;
    }

    private static ProcessIdentity SupervisorOf(TemporaryRoot root) => JsonSerializer.Deserialize(
        File.ReadAllText(Path.Combine(root.Instance(1), "supervisor.json")), SupervisorJson.Default.ProcessIdentity)!;

    private static Task<EmbeddedServers> StartPostgresAsync(TemporaryRoot root) => EmbeddedServers.StartAsync(
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Redis"] = "unused", ["AzureWebJobsStorage"] = "unused" })
            .Build(),
        root.Path, TestContext.Current.TestOutputHelper!.WriteLine, TestContext.Current.CancellationToken);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<Driver> StartDriverAsync(TemporaryRoot root)
    {
        Directory.CreateDirectory(Path.Combine(root.Path, ".local"));
        Directory.CreateSymbolicLink(Path.Combine(root.Path, ".local", "npm"), TemporaryRoot.NpmCache);
        var dotnet = Supervisor.DotnetProgram();
        var process = Process.Start(new ProcessStartInfo(dotnet, [typeof(LocalHostDriver).Assembly.Location])
        {
            RedirectStandardOutput = true,
            Environment = { [LocalHostDriver.RootVariable] = root.Path }
        })!;
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(line);
        return new Driver(process, JsonSerializer.Deserialize<Dictionary<string, string>>(line)!);
    }

    private sealed record Driver(Process Process, Dictionary<string, string> Settings) : IDisposable
    {
        public string Postgres => Settings["ConnectionStrings:Postgres"];

        public int AzuritePort => int.Parse(Regex.Match(Settings["AzureWebJobsStorage"], @"127\.0\.0\.1:(\d+)").Groups[1].Value, null);

        public void Dispose()
        {
            Process.Kill();
            Process.Dispose();
        }
    }
}
