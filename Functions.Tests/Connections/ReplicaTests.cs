using Functions.Redis.Caching;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Connections;

/// <summary>A replica that is behind its master, when the master cannot be reached.</summary>
public sealed class ReplicaTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_closed_or_removed_is_not_read_from_a_replica_that_does_not_know_yet()
    {
        await using var master = await RedisProcess.StartNewAsync();
        await using var replica = await RedisProcess.StartNewAsync(settings: $"replicaof 127.0.0.1 {master.Port}");
        var services = new ServiceCollection().AddLogging();
        services.AddRedis(new RedisOptions { ConnectionString = $"{master.ConnectionString},{replica.ConnectionString}" });
        services.AddRedisSessions();
        services.AddRedisHybridCache();
        await using var provider = services.BuildServiceProvider();
        var (sessions, cache) = (provider.GetRequiredService<SessionStore>(), provider.GetRequiredService<HybridCache>());
        var tasks = new TaskQueue(provider.GetRequiredService<RedisConnection>(), TestTasks.Options());
        var (token, session) = await sessions.CreateAsync("user", cancellationToken: Cancellation);
        await cache.SetAsync("key", "old", cancellationToken: Cancellation);
        var task = await tasks.EnqueueAsync("work", 0, cancellationToken: Cancellation);
        await TestPolling.EventuallyAsync(
            async () => await replica.CallAsync("EXISTS", $"session:{session.Id}") is 1L && await replica.CallAsync("DBSIZE") is long count && await master.CallAsync("DBSIZE") is long all && count == all,
            Deadline,
            "the replica to have everything");

        // It has not heard of what follows, and then the master is gone.
        await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{FreePort.Next()}");
        await sessions.CloseAllAsync("user", cancellationToken: Cancellation);
        await cache.RemoveAsync("key", Cancellation);
        await master.KillAsync();
        var multiplexer = await provider.GetRequiredService<RedisConnection>().GetMultiplexerAsync(Cancellation);
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(multiplexer.GetServers().Count(server => server.IsConnected) == 1), Deadline, "the loss of the master to be noticed");

        Assert.True(RedisFailure.IsOutage(await Assert.ThrowsAnyAsync<Exception>(() => sessions.AuthenticateAsync(token, Cancellation))));
        Assert.True(RedisFailure.IsOutage(await Assert.ThrowsAnyAsync<Exception>(() => new SessionStore(
            provider.GetRequiredService<RedisConnection>(), new SessionOptions()).AuthenticateAsync(token, Cancellation))));
        Assert.True(RedisFailure.IsOutage(await Assert.ThrowsAnyAsync<Exception>(() => sessions.ListAsync("user", Cancellation))));
        Assert.True(RedisFailure.IsOutage(await Assert.ThrowsAnyAsync<Exception>(() => tasks.FindAsync(task.Id, Cancellation))));
        Assert.Equal("new", await cache.GetOrCreateAsync("key", _ => new ValueTask<string>("new"), cancellationToken: Cancellation));
    }
}
