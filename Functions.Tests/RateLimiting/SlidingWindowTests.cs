using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.RateLimiting;

public sealed class SlidingWindowTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task No_window_holds_more_than_the_limit_however_many_instances_ask(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        var policy = new RateLimitPolicy("exact", 20, TimeSpan.FromMilliseconds(250));
        var partition = Unique.Name();
        var connections = Enumerable.Range(0, 3).Select(_ => server.CreateConnection()).ToArray();
        var decisions = new ConcurrentBag<RateLimitDecision>();
        foreach (var connection in connections)
            await connection.GetDatabaseAsync(Cancellation); // Connecting takes its time, and is no matter of the limit.
        var elapsed = Stopwatch.StartNew();
        var (taken, refused) = (0, 0);

        // As long as it takes to prove something.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            await using var limiter = new RedisSlidingWindowRateLimiter(connections[i % 3], policy, partition);
            while ((Volatile.Read(ref taken) < 5 * policy.Limit || Volatile.Read(ref refused) == 0) && elapsed.Elapsed < Deadline)
            {
                var decision = await limiter.DecideAsync(1, Cancellation);
                decisions.Add(decision);
                if (decision.IsAllowed)
                    Interlocked.Increment(ref taken);
                else
                    Interlocked.Increment(ref refused);
            }
        }, Cancellation)));

        var allowed = decisions.Where(decision => decision.IsAllowed).Select(decision => decision.At).Order().ToArray();
        for (var i = policy.Limit; i < allowed.Length; i++)
        {
            Assert.True(allowed[i] - allowed[i - policy.Limit] >= policy.Window - TimeSpan.FromMilliseconds(1),
                $"{policy.Limit + 1} requests within {allowed[i] - allowed[i - policy.Limit]}.");
        }
        foreach (var at in decisions.Where(decision => !decision.IsAllowed).Select(decision => decision.At))
        {
            var before = allowed.Count(taken => taken <= at && taken >= at - policy.Window);
            Assert.True(before >= policy.Limit, $"A request was rejected after {before} requests in its window.");
        }
        Assert.True(taken >= 5 * policy.Limit && refused > 0, $"{taken} requests were allowed and {refused} rejected: too few to prove anything.");
        Assert.All(decisions, decision => Assert.InRange(decision.Remaining, 0, policy.Limit - 1));
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_decision_tells_what_is_left_and_when_there_is_more(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var window = TimeSpan.FromSeconds(10);
        await using var limiter = new RedisSlidingWindowRateLimiter(connection, new("values", 3, window), Unique.Name());

        var first = await limiter.DecideAsync(1, Cancellation);
        await limiter.DecideAsync(1, Cancellation);
        var third = await limiter.DecideAsync(1, Cancellation);
        var rejected = await limiter.DecideAsync(1, Cancellation);

        Assert.Equal((true, 3, 2, window, TimeSpan.Zero), (first.IsAllowed, first.Limit, first.Remaining, first.ResetAfter, first.RetryAfter));
        Assert.Equal(DateTimeOffset.UtcNow + window, first.ResetAt, TimeSpan.FromSeconds(5));
        Assert.Equal((true, 0), (third.IsAllowed, third.Remaining));
        Assert.Equal((false, 0), (rejected.IsAllowed, rejected.Remaining));
        Assert.InRange(rejected.RetryAfter, window - TimeSpan.FromSeconds(5), window);
        Assert.Equal(rejected.RetryAfter, rejected.ResetAfter); // The first to leave makes room for one.
        Assert.Equal(first.ResetAt, rejected.ResetAt, TimeSpan.FromMilliseconds(2));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_waits_for_as_long_as_told_is_allowed_and_not_sooner(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var window = TimeSpan.FromMilliseconds(300);
        await using var limiter = new RedisSlidingWindowRateLimiter(connection, new("retry", 2, window), Unique.Name());
        var taken = await limiter.DecideAsync(2, Cancellation);
        Assert.True(taken.IsAllowed);

        // A round in which the window is over before the first request proves nothing about waiting.
        for (var rounds = 0; rounds < 3;)
        {
            var retryAt = taken.At + window;
            var next = await limiter.DecideAsync(2, Cancellation);
            rounds += next.IsAllowed ? 0 : 1;
            while (!next.IsAllowed)
            {
                Assert.Equal(retryAt, next.At + next.RetryAfter, TimeSpan.FromMilliseconds(2));
                Assert.True(next.At <= retryAt, "Rejected later than it was told to come back.");
                next = await limiter.DecideAsync(2, Cancellation);
            }

            Assert.True(next.At >= retryAt, $"Allowed {retryAt - next.At} sooner than it was told to come back.");
            taken = next;
        }
    }

    /// <summary>
    /// The clock of Garnet goes on while a script runs, so what a script has read may expire before its next command. Windows of a millisecond
    /// end in the middle of many of these scripts.
    /// </summary>
    [Theory, ClassData<AnyRedis>]
    public async Task A_window_may_end_while_a_script_decides(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var window = TimeSpan.FromMilliseconds(1);
        await using var sliding = new RedisSlidingWindowRateLimiter(connection, new("ends-sliding", 4, window), Unique.Name());
        await using var leases = new RedisConcurrencyRateLimiter(connection, new("ends-leases", 4, window, Algorithm: RateLimitAlgorithm.Concurrency), Unique.Name());

        await Parallel.ForAsync(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (i, cancellation) =>
        {
            var decision = await sliding.DecideAsync(i % 5, cancellation);
            Assert.InRange(decision.Remaining, 0, 4);
            var held = await leases.AcquireAsync(i % 5, cancellation);
            held.Dispose();
        });
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Several_permits_are_taken_together_or_not_at_all(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limiter = new RedisSlidingWindowRateLimiter(connection, new("permits", 10, TimeSpan.FromMinutes(1)), Unique.Name());

        Assert.Equal((true, 3), Outcome(await limiter.DecideAsync(7, Cancellation)));
        Assert.Equal((false, 3), Outcome(await limiter.DecideAsync(4, Cancellation)));
        Assert.Equal((true, 3), Outcome(await limiter.DecideAsync(0, Cancellation)));
        Assert.Equal((true, 0), Outcome(await limiter.DecideAsync(3, Cancellation)));
        Assert.Equal((false, 0), Outcome(await limiter.DecideAsync(0, Cancellation)));
        Assert.Equal((false, 0), Outcome(await limiter.DecideAsync(1, Cancellation)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => limiter.DecideAsync(11, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => limiter.DecideAsync(-1, Cancellation));

        static (bool, int) Outcome(RateLimitDecision decision) => (decision.IsAllowed, decision.Remaining);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_lowered_limit_counts_what_was_allowed_before(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var partition = Unique.Name();
        await using var before = new RedisSlidingWindowRateLimiter(connection, new("lowered", 10, TimeSpan.FromMinutes(1)), partition);
        await using var after = new RedisSlidingWindowRateLimiter(connection, new("lowered", 3, TimeSpan.FromMinutes(1)), partition);
        await before.DecideAsync(8, Cancellation);

        var decision = await after.DecideAsync(1, Cancellation);

        Assert.Equal((false, 0), (decision.IsAllowed, decision.Remaining));
        Assert.InRange(decision.RetryAfter, TimeSpan.FromSeconds(55), TimeSpan.FromMinutes(1));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Rejected_requests_record_nothing_and_the_log_has_a_time_to_live(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var partition = Unique.Name();
        var policy = new RateLimitPolicy("memory", 50, TimeSpan.FromMinutes(1));
        var log = new CountedLimit(policy, partition).Key;
        var limiter = new RedisSlidingWindowRateLimiter(connection, policy, partition);
        for (var i = 0; i < 50; i++)
            await limiter.DecideAsync(1, Cancellation);
        var memory = await MemoryAsync();

        var rejected = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => limiter.DecideAsync(1, Cancellation)));

        Assert.All(rejected, decision => Assert.False(decision.IsAllowed));
        Assert.Equal(50, await database.ListLengthAsync(log));
        Assert.Equal(memory, await MemoryAsync());
        // The window, and five seconds in which no command of a script finds the log gone.
        Assert.InRange((await database.KeyTimeToLiveAsync(log))!.Value, TimeSpan.FromSeconds(55), TimeSpan.FromSeconds(65));

        async Task<long> MemoryAsync() => (long)await database.ExecuteAsync("MEMORY", "USAGE", log);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Asking_costs_nothing_and_leaves_no_key(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var partition = Unique.Name();
        var policy = new RateLimitPolicy("ask", 5, TimeSpan.FromMinutes(1));
        await using var limiter = new RedisSlidingWindowRateLimiter(connection, policy, partition);

        var decision = await limiter.DecideAsync(0, Cancellation);

        Assert.Equal((true, 5, TimeSpan.Zero), (decision.IsAllowed, decision.Remaining, decision.ResetAfter));
        Assert.False(await (await connection.GetDatabaseAsync(Cancellation)).KeyExistsAsync(new CountedLimit(policy, partition).Key));
    }

    [Fact]
    public async Task A_lease_tells_the_decision_and_how_to_retry()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        await using RateLimiter limiter = new RedisSlidingWindowRateLimiter(connection, new("lease", 1, TimeSpan.FromMinutes(1)), Unique.Name());

        using var untried = limiter.AttemptAcquire();
        using var acquired = await limiter.AcquireAsync(1, Cancellation);
        using var rejected = await limiter.AcquireAsync(1, Cancellation);

        Assert.False(untried.IsAcquired);
        Assert.Empty(untried.MetadataNames);
        Assert.True(acquired.IsAcquired);
        Assert.False(acquired.TryGetMetadata(MetadataName.RetryAfter, out _));
        Assert.True(acquired.TryGetMetadata(RedisRateLimitLease.DecisionMetadata, out var decision));
        Assert.Equal((true, 0), (decision.IsAllowed, decision.Remaining));
        Assert.False(rejected.IsAcquired);
        Assert.Equal([RedisRateLimitLease.DecisionMetadata.Name, MetadataName.RetryAfter.Name, MetadataName.ReasonPhrase.Name], rejected.MetadataNames);
        Assert.True(rejected.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.FromSeconds(50), TimeSpan.FromMinutes(1));
    }
}
