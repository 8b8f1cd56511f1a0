using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.RateLimiting;

public sealed class RateLimitsTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Policies_and_partitions_are_counted_apart_over_all_instances(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        await using var otherConnection = server.CreateConnection();
        await using var one = Create(connection);
        await using var two = Create(otherConnection);
        var (partition, other) = (Unique.Name("{a}:"), Unique.Name());
        var policy = new RateLimitPolicy("two", 2, TimeSpan.FromMinutes(1));

        Assert.True((await one.AcquireAsync(policy, partition, Cancellation)).IsAllowed);
        Assert.True((await two.AcquireAsync(policy, partition, Cancellation)).IsAllowed);
        Assert.False((await one.AcquireAsync(policy, partition, Cancellation)).IsAllowed);
        Assert.True((await one.AcquireAsync(policy, other, Cancellation)).IsAllowed);
        Assert.True((await one.AcquireAsync(policy with { Name = "more" }, partition, Cancellation)).IsAllowed);
    }

    [Fact]
    public async Task A_wrong_local_clock_changes_nothing()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        await using var behind = Create(connection, new FakeTimeProvider(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await using var ahead = Create(connection, new FakeTimeProvider(new DateTimeOffset(2101, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var policy = new RateLimitPolicy("clock", 1, TimeSpan.FromMinutes(1));
        var partition = Unique.Name();

        var first = await behind.AcquireAsync(policy, partition, Cancellation);
        var second = await ahead.AcquireAsync(policy, partition, Cancellation);

        Assert.Equal((true, false), (first.IsAllowed, second.IsAllowed));
        Assert.Equal(DateTimeOffset.UtcNow.AddMinutes(1), second.ResetAt, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Without_Redis_the_policy_says_what_happens_and_Redis_decides_again_when_it_is_back()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        await using var limits = Create(connection);
        var local = new RateLimitPolicy("local", 3, TimeSpan.FromMinutes(1));
        await server.StopAsync();

        var allowed = new List<bool>();
        for (var i = 0; i < 5; i++)
            allowed.Add((await limits.AcquireAsync(local, "one", Cancellation)).IsAllowed);
        var other = await limits.AcquireAsync(local, "two", Cancellation);
        var open = await limits.AcquireAsync(new("open", 1, TimeSpan.FromMinutes(1), OutagePolicy.Allow), "one", Cancellation);
        var closed = await limits.AcquireAsync(new("closed", 1, TimeSpan.FromMinutes(1), OutagePolicy.Deny), "one", Cancellation);
        await server.StartAsync();

        Assert.Equal([true, true, true, false, false], allowed);
        Assert.Equal((true, 2, 3), (other.IsAllowed, other.Remaining, other.Limit));
        Assert.Equal((true, 1, TimeSpan.Zero), (open.IsAllowed, open.Remaining, open.RetryAfter));
        Assert.Equal((false, 0, TimeSpan.FromMinutes(1)), (closed.IsAllowed, closed.Remaining, closed.RetryAfter));
        await TestPolling.EventuallyAsync(
            async () => (await limits.AcquireAsync(local, "one", Cancellation)).IsAllowed, TimeSpan.FromSeconds(20), "Redis, which has recorded nothing, to decide");
    }

    [Fact]
    public async Task Without_Redis_concurrent_requests_share_one_local_limit()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        await using var limits = Create(connection);
        await connection.GetDatabaseAsync(Cancellation);
        await server.StopAsync();
        var policy = new RateLimitPolicy("local", 10, TimeSpan.FromMinutes(1));

        var decisions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => limits.AcquireAsync(policy, "one", Cancellation), Cancellation)));

        Assert.Equal(10, decisions.Count(decision => decision.IsAllowed));
    }

    private static RateLimits Create(RedisConnection connection, TimeProvider? time = null) =>
        new(connection, time ?? TimeProvider.System, NullLogger<RateLimits>.Instance);
}
