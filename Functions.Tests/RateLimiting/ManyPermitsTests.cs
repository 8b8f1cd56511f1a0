using System.Globalization;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.RateLimiting;

/// <summary>Requests that take many permits, and permits that come back together: exact, and at a cost that does not grow with them.</summary>
public sealed class ManyPermitsTests(RedisServers servers)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RedisKind.Garnet, 1)]
    [InlineData(RedisKind.Single, 2)]
    [InlineData(RedisKind.Single, 3)]
    [InlineData(RedisKind.Cluster, 4)]
    public async Task A_sliding_window_of_requests_of_any_size_is_exact(RedisKind kind, int seed)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new RateLimitStore(connection);
        var random = new Random(seed);
        CountedLimit[] limit = [new(new("any", 60, TimeSpan.FromMilliseconds(20)), Unique.Name())];
        var window = (long)limit[0].Policy.Window.TotalMicroseconds;
        var log = new List<RateLimitGrant>();
        var (rejected, refunded, weighted) = (0, 0, 0);

        for (var i = 0; i < 3_000; i++)
        {
            var permits = random.Next(4) switch { 0 => 0, 1 => 1, 2 => random.Next(1, 12), _ => random.Next(1, 70) };
            var grant = await store.AcquireAsync(limit, permits, Cancellation);
            var now = grant.TakenAt;

            // The same request by the definition: what was taken in the window before it, and when enough of that will have left.
            log.RemoveAll(taken => taken.TakenAt + window <= now);
            var count = log.Sum(taken => taken.Permits);
            var needed = Math.Max(permits, 1);
            var isAllowed = count + needed <= 60;
            var wait = isAllowed ? 0 : needed > 60 ? window : WaitFor(count + needed - 60) - now;
            if (isAllowed && permits > 0)
                log.Add(grant);
            var decision = grant.Decisions[0];
            Assert.Equal(
                (i, isAllowed, 60 - log.Sum(taken => taken.Permits), Rounded(wait), Rounded(log.Count > 0 ? log[0].TakenAt + window - now : 0)),
                (i, decision.IsAllowed, decision.Remaining, decision.RetryAfter, decision.ResetAfter));

            rejected += isAllowed ? 0 : 1;
            weighted += isAllowed && permits > 1 ? 1 : 0;
            if (log.Count > 0 && random.Next(5) == 0)
            {
                var one = log[random.Next(log.Count)];
                await store.RefundAsync(one);
                log.Remove(one);
                refunded++;
            }
        }

        Assert.True(rejected > 100 && refunded > 100 && weighted > 100, $"{rejected} rejected, {refunded} refunded, {weighted} of several permits: too few to prove anything.");

        long WaitFor(int surplus)
        {
            foreach (var taken in log)
            {
                surplus -= taken.Permits;
                if (surplus <= 0)
                    return taken.TakenAt + window;
            }

            throw new InvalidOperationException("The log is not longer than the limit.");
        }

        static TimeSpan Rounded(long microseconds) => TimeSpan.FromMilliseconds((microseconds + 999) / 1000);
    }

    [Theory]
    [InlineData(RedisKind.Garnet, 1)]
    [InlineData(RedisKind.Single, 2)]
    [InlineData(RedisKind.Cluster, 3)]
    public async Task Concurrency_of_leases_of_any_size_is_exact(RedisKind kind, int seed)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new RateLimitStore(connection);
        var random = new Random(seed);
        CountedLimit[] limit = [new(new("any", 60, TimeSpan.FromMilliseconds(20), Algorithm: RateLimitAlgorithm.Concurrency), Unique.Name())];
        var window = (long)limit[0].Policy.Window.TotalMicroseconds;
        var held = new List<RateLimitGrant>();
        var (rejected, released, ended) = (0, 0, 0);

        for (var i = 0; i < 3_000; i++)
        {
            var permits = random.Next(3) switch { 0 => 1, 1 => random.Next(0, 12), _ => random.Next(1, 70) };
            var grant = await store.AcquireAsync(limit, permits, Cancellation);

            ended += held.RemoveAll(taken => taken.TakenAt + window <= grant.TakenAt);
            var isAllowed = held.Sum(taken => taken.Permits) + Math.Max(permits, 1) <= 60;
            if (isAllowed && permits > 0)
                held.Add(grant);
            Assert.Equal(
                (i, isAllowed, 60 - held.Sum(taken => taken.Permits)), (i, grant.Decisions[0].IsAllowed, grant.Decisions[0].Remaining));

            rejected += isAllowed ? 0 : 1;
            if (held.Count > 0 && random.Next(3) == 0)
            {
                var one = held[random.Next(held.Count)];
                await store.ReleaseAsync(one);
                if (random.Next(5) == 0)
                    await store.ReleaseAsync(one); // Giving back twice gives back once.
                held.Remove(one);
                released++;
            }
        }

        Assert.True(rejected > 100 && released > 100 && ended > 10, $"{rejected} rejected, {released} given back, {ended} ended: too few to prove anything.");
    }

    [Theory]
    [InlineData(RateLimitAlgorithm.SlidingWindow)]
    [InlineData(RateLimitAlgorithm.TokenBucket)]
    [InlineData(RateLimitAlgorithm.FixedWindow)]
    [InlineData(RateLimitAlgorithm.Concurrency)]
    public async Task All_permits_cost_as_many_commands_and_bytes_as_two(RateLimitAlgorithm algorithm)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var connection = server.CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var store = new RateLimitStore(connection);
        await CostAsync(2); // Has the scripts loaded.

        var (few, all) = (await CostAsync(2), await CostAsync(int.MaxValue));

        Assert.Equal(few.Commands, all.Commands);
        Assert.InRange(all.Bytes, few.Bytes, few.Bytes + 32);

        async Task<(long Commands, long Bytes)> CostAsync(int permits)
        {
            CountedLimit[] limit = [new(new("large", int.MaxValue, TimeSpan.FromDays(3650), Algorithm: algorithm), Unique.Name())];
            var counter = await CommandCounter.StartAsync(server);
            var grant = await store.AcquireAsync(limit, permits, Cancellation);
            var bytes = (long)await database.ExecuteAsync("MEMORY", "USAGE", limit[0].Key);
            Assert.Equal((true, int.MaxValue - permits), (grant.IsAllowed, grant.Decisions[0].Remaining));
            Assert.False((await store.AcquireAsync(limit, int.MaxValue, Cancellation)).IsAllowed);
            if (algorithm == RateLimitAlgorithm.Concurrency)
            {
                Assert.True(await store.RenewAsync(grant));
                await store.ReleaseAsync(grant);
            }
            else
            {
                await store.RefundAsync(grant);
            }

            // What was taken is back, and nothing is left of it.
            Assert.Equal(int.MaxValue, (await store.AcquireAsync(limit, 0, Cancellation)).Decisions[0].Remaining);
            Assert.False(await database.KeyExistsAsync(limit[0].Key));

            // Renewing also prolongs the key, unless it was made within the same millisecond.
            return ((await counter.CountAsync()).Where(command => command.Key != "pexpire").Sum(command => command.Value), bytes);
        }
    }

    [Theory]
    [InlineData(RateLimitAlgorithm.SlidingWindow, false)]
    [InlineData(RateLimitAlgorithm.SlidingWindow, true)]
    [InlineData(RateLimitAlgorithm.Concurrency, false)]
    [InlineData(RateLimitAlgorithm.Concurrency, true)]
    public async Task What_has_expired_together_is_not_removed_one_by_one(RateLimitAlgorithm algorithm, bool severalEach)
    {
        const int Expired = 200_000;
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var connection = server.CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var store = new RateLimitStore(connection);
        CountedLimit[] limit = [new(new("burst", 2 * Expired, Minute, Algorithm: algorithm), Unique.Name())];
        await store.AcquireAsync(limit, severalEach ? 2 : 1, Cancellation); // Has the script loaded, and leaves one entry that has not expired.
        await LoadExpiredAsync();
        var counter = await CommandCounter.StartAsync(server);

        var decision = (await store.AcquireAsync(limit, 1, Cancellation)).Decisions[0];

        var commands = (await counter.CountAsync()).Values.Sum();
        Assert.True(decision.IsAllowed);
        Assert.InRange(commands, 1, 100);
        if (algorithm == RateLimitAlgorithm.SlidingWindow)
        {
            Assert.Equal((2 * Expired) - (severalEach ? 3 : 1) - (severalEach ? 0 : 1), decision.Remaining);
            Assert.InRange(await database.ListLengthAsync(limit[0].Key), 2, 8);
        }

        // As the scripts would have written it.
        async Task LoadExpiredAsync()
        {
            var key = limit[0].Key;
            foreach (var some in Enumerable.Range(0, Expired).Chunk(10_000))
            {
                if (algorithm == RateLimitAlgorithm.Concurrency)
                {
                    await database.SortedSetAddAsync(key, [.. some.Select(i => new SortedSetEntry($"dead{i}{(severalEach ? "*2" : ":1")}", 1_000_000 + i))]);
                    if (severalEach)
                        await database.SortedSetDecrementAsync(key, "surplus", some.Length);
                }
                else if (!severalEach)
                {
                    await database.ListLeftPushAsync(key, [.. some.Select(i => (RedisValue)(1_000_000 + Expired - i))]);
                }
            }

            if (algorithm == RateLimitAlgorithm.SlidingWindow && severalEach)
            {
                var last = await database.ListRangeAsync(key);
                await database.KeyDeleteAsync(key);
                await database.ListRightPushAsync(key, [-1, 0]);
                foreach (var some in Enumerable.Range(0, Expired).Chunk(10_000))
                    await database.ListRightPushAsync(key, [.. some.SelectMany(i => new RedisValue[] { 1_000_000 + i, 2 * (i + 1) })]);
                await database.ListRightPushAsync(key, [last[2], ((2 * Expired) + (int)last[3]).ToString(CultureInfo.InvariantCulture)]);
                await database.KeyExpireAsync(key, Minute);
            }
        }
    }

    [Fact]
    public async Task Leases_that_have_ended_make_room_for_what_needs_it()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var store = new RateLimitStore(connection);
        CountedLimit[] limit = [new(new("ended", 1_000, Minute, Algorithm: RateLimitAlgorithm.Concurrency), Unique.Name())];
        await database.SortedSetAddAsync(limit[0].Key, [.. Enumerable.Range(0, 1_000).Select(i => new SortedSetEntry($"dead{i}:1", 1_000_000 + i))]);

        var one = await store.AcquireAsync(limit, 1, Cancellation);
        var others = await store.AcquireAsync(limit, 999, Cancellation);
        var more = await store.AcquireAsync(limit, 1, Cancellation);

        Assert.Equal((true, true, false), (one.IsAllowed, others.IsAllowed, more.IsAllowed));
    }
}
