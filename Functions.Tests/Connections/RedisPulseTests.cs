using System.Diagnostics;
using Functions.Redis.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Connections;

public sealed class RedisPulseTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_waits_for_a_server_that_has_left_a_ping_unanswered_and_it_is_used_as_soon_as_it_answers()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await using var connection = TestConnections.Create($"{server.ConnectionString},asyncTimeout=1500");
        await (await connection.GetDatabaseAsync(Cancellation)).PingAsync();

        await server.PauseAsync();
        await TestPolling.EventuallyAsync(() => FailsAtOnceAsync(connection), Deadline, "commands to fail at once");

        // They go on to do so, also while the client drops the connection and tries to make it anew.
        for (var watched = Stopwatch.StartNew(); watched.Elapsed < TimeSpan.FromSeconds(6);)
        {
            var elapsed = Stopwatch.StartNew();
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => PingAsync(connection));
            Assert.True(RedisFailure.IsOutage(failure), failure.ToString());
            Assert.InRange(elapsed.ElapsedMilliseconds, 0, 1_000);
            await Task.Delay(20, Cancellation);
        }

        await server.ResumeAsync();
        await TestPolling.EventuallyAsync(async () =>
        {
            try
            {
                return await PingAsync(connection) > TimeSpan.Zero;
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception))
            {
                return false;
            }
        }, TimeSpan.FromSeconds(5), "the server to be used");
    }

    [Fact]
    public async Task A_slow_answer_is_an_answer()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await using var proxy = TcpProxy.Start(server.Endpoint);
        await using var connection = TestConnections.Create($"{proxy.Endpoint},asyncTimeout=3000");
        await PingAsync(connection);

        proxy.ResponseDelay = TimeSpan.FromMilliseconds(400);
        for (var watched = Stopwatch.StartNew(); watched.Elapsed < TimeSpan.FromSeconds(4);)
        {
            await PingAsync(connection);
        }
    }

    private static async Task<TimeSpan> PingAsync(RedisConnection connection) => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync();

    private static async Task<bool> FailsAtOnceAsync(RedisConnection connection)
    {
        var elapsed = Stopwatch.StartNew();
        try
        {
            await PingAsync(connection);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            return elapsed.ElapsedMilliseconds < 200;
        }

        return false;
    }
}
