using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.RateLimiting;

/// <summary>What the other algorithms do differently from the sliding window.</summary>
public sealed class AlgorithmTests(RedisServers servers)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_token_bucket_allows_a_burst_and_then_one_request_per_interval(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limiter = new RedisTokenBucketRateLimiter(connection, new("bucket", 5, TimeSpan.FromHours(1)), Unique.Name());
        await using var quick = new RedisTokenBucketRateLimiter(connection, new("quick", 5, TimeSpan.FromSeconds(1)), Unique.Name());
        var interval = TimeSpan.FromMinutes(12);

        var burst = await DecideAsync(limiter, 5);
        var rejected = await limiter.DecideAsync(1, Cancellation);
        var emptied = await quick.DecideAsync(5, Cancellation);
        var times = new List<DateTimeOffset>();
        while (times.Count < 4)
        {
            var next = await quick.DecideAsync(1, Cancellation);
            if (next.IsAllowed)
                times.Add(next.At);
            else
                Assert.InRange(next.RetryAfter, TimeSpan.FromMilliseconds(1), quick.ReplenishmentPeriod);
        }

        Assert.Equal([4, 3, 2, 1, 0], burst.Select(decision => decision.Remaining));
        Assert.All(burst, decision => Assert.True(decision.IsAllowed));
        Assert.Equal((false, 0), (rejected.IsAllowed, rejected.Remaining));
        Assert.InRange(rejected.RetryAfter, interval - Minute, interval);
        Assert.Equal(rejected.RetryAfter, rejected.ResetAfter);
        // By Redis' clock: each takes an interval more, however late somebody asks.
        Assert.Equal((true, 0), (emptied.IsAllowed, emptied.Remaining));
        Assert.All(times.Index(), next => Assert.True(next.Item - emptied.At >= (next.Index + 1) * quick.ReplenishmentPeriod, $"Permit {next.Index} came too early."));
        Assert.Equal((interval, TimeSpan.FromMilliseconds(200)), (limiter.ReplenishmentPeriod, quick.ReplenishmentPeriod));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_lowered_token_bucket_does_not_keep_anybody_out_for_longer_than_it_takes_to_fill(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var partition = Unique.Name();
        await using var before = new RedisTokenBucketRateLimiter(connection, new("changed", 100, TimeSpan.FromHours(1)), partition);
        await using var after = new RedisTokenBucketRateLimiter(connection, new("changed", 10, TimeSpan.FromSeconds(10)), partition);
        await before.DecideAsync(100, Cancellation);

        var decision = await after.DecideAsync(1, Cancellation);

        Assert.False(decision.IsAllowed);
        Assert.InRange(decision.RetryAfter, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_fixed_window_starts_with_the_first_request_and_ends_for_all_at_once(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var (window, left) = (60 * Minute, 30 * Minute);
        var limit = new CountedLimit(new("fixed", 3, window, Algorithm: RateLimitAlgorithm.FixedWindow), Unique.Name());
        await using var limiter = new RedisFixedWindowRateLimiter(connection, limit.Policy, limit.Partition);

        var first = await limiter.DecideAsync(1, Cancellation);
        Assert.True(await database.KeyExpireAsync(limit.Key, left)); // As if it had begun half an hour ago.
        var others = await DecideAsync(limiter, 2);
        var rejected = await limiter.DecideAsync(1, Cancellation);
        Assert.True(await database.KeyExpireAsync(limit.Key, TimeSpan.FromMilliseconds(1)));
        var next = rejected;
        while (!next.IsAllowed)
            next = await limiter.DecideAsync(1, Cancellation);

        Assert.Equal((true, 2), (first.IsAllowed, first.Remaining));
        Assert.InRange(first.ResetAfter, window - Minute, window);
        Assert.Equal([(true, 1), (true, 0)], others.Select(decision => (decision.IsAllowed, decision.Remaining)));
        Assert.All(others, decision => Assert.InRange(decision.ResetAfter, left - Minute, left));
        Assert.Equal((false, 0), (rejected.IsAllowed, rejected.Remaining));
        Assert.InRange(rejected.RetryAfter, left - Minute, left);
        Assert.Equal(2, next.Remaining);
        Assert.InRange(next.ResetAfter, window - Minute, window);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrency_permits_come_back_when_they_are_disposed(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using RateLimiter limiter = new RedisConcurrencyRateLimiter(connection, new("running", 3, Minute), Unique.Name());

        var two = await limiter.AcquireAsync(2, Cancellation);
        var one = await limiter.AcquireAsync(1, Cancellation);
        using var rejected = await limiter.AcquireAsync(1, Cancellation);
        two.Dispose();
        two.Dispose();
        await TestPolling.EventuallyAsync(
            async () =>
            {
                using var again = await limiter.AcquireAsync(2, Cancellation);
                return again.IsAcquired;
            },
            TimeSpan.FromSeconds(5), "the permits to come back");

        Assert.True(two.IsAcquired && one.IsAcquired);
        Assert.False(rejected.IsAcquired);
        Assert.True(rejected.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(1), retryAfter);
        using var tooMany = await limiter.AcquireAsync(3, Cancellation);
        Assert.False(tooMany.IsAcquired);
        one.Dispose();
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrency_permits_are_kept_while_they_are_held_and_come_back_when_their_holder_is_gone(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var crashing = server.CreateConnection();
        var policy = new RateLimitPolicy("crash", 1, TimeSpan.FromSeconds(3));
        var (partition, other) = (Unique.Name(), Unique.Name());
        await using RateLimiter alive = new RedisConcurrencyRateLimiter(connection, policy, partition);
        await using RateLimiter crashed = new RedisConcurrencyRateLimiter(crashing, policy, other);
        await using RateLimiter waiting = new RedisConcurrencyRateLimiter(connection, policy, other);
        using var held = await alive.AcquireAsync(1, Cancellation);
        using var lost = await crashed.AcquireAsync(1, Cancellation);
        Assert.True(held.IsAcquired && lost.IsAcquired);
        using (var rejected = await waiting.AcquireAsync(1, Cancellation))
            Assert.False(rejected.IsAcquired);

        await crashing.DisposeAsync(); // Nothing renews or releases it any more.

        await TestPolling.EventuallyAsync(
            async () =>
            {
                using var lease = await waiting.AcquireAsync(1, Cancellation);
                using var second = await alive.AcquireAsync(1, Cancellation);
                Assert.False(second.IsAcquired, "A permit that is held was given away.");
                return lease.IsAcquired;
            },
            TimeSpan.FromSeconds(10), "the permit of the holder that is gone");
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Asking_takes_nothing(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        foreach (var limiter in Replenishing(connection, new("ask", 2, Minute), Unique.Name()))
        {
            for (var i = 0; i < 3; i++)
                Assert.Equal((true, 2), ((await limiter.DecideAsync(0, Cancellation)).IsAllowed, (await limiter.DecideAsync(0, Cancellation)).Remaining));
            await limiter.DecideAsync(2, Cancellation);
            Assert.Equal((false, 0), ((await limiter.DecideAsync(0, Cancellation)).IsAllowed, (await limiter.DecideAsync(0, Cancellation)).Remaining));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task More_permits_than_the_limit_are_never_given_and_several_are_all_or_nothing(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        foreach (var limiter in Replenishing(connection, new("several", 10, Minute), Unique.Name()))
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => limiter.DecideAsync(11, Cancellation));
            Assert.Equal(3, (await limiter.DecideAsync(7, Cancellation)).Remaining);
            Assert.False((await limiter.DecideAsync(4, Cancellation)).IsAllowed);
            Assert.Equal(0, (await limiter.DecideAsync(3, Cancellation)).Remaining);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => limiter.DecideAsync(-1, Cancellation));
        }
    }

    [Fact]
    public async Task A_limit_that_cannot_be_is_rejected_when_it_is_made()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();

        Assert.Throws<ArgumentOutOfRangeException>(() => new RedisTokenBucketRateLimiter(connection, new("x", 0, Minute), "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RedisFixedWindowRateLimiter(connection, new("x", 1, TimeSpan.Zero), "x"));
        Assert.Throws<ArgumentException>(() => new RedisConcurrencyRateLimiter(connection, new("", 1, Minute), "x"));
    }

    private static RedisReplenishingRateLimiter[] Replenishing(RedisConnection connection, RateLimitPolicy policy, string partition) =>
    [
        new RedisSlidingWindowRateLimiter(connection, policy, partition),
        new RedisTokenBucketRateLimiter(connection, policy, partition),
        new RedisFixedWindowRateLimiter(connection, policy, partition),
    ];

    private static async Task<RateLimitDecision[]> DecideAsync(RedisReplenishingRateLimiter limiter, int times)
    {
        var decisions = new RateLimitDecision[times];
        for (var i = 0; i < times; i++)
            decisions[i] = await limiter.DecideAsync(1, Cancellation);
        return decisions;
    }
}
