using System.Globalization;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.RateLimiting;

/// <summary>What a key costs on redis-server (MEMORY USAGE) at limit 100 and a full window; the figures of docs/rate-limits.md.</summary>
public sealed class MemoryTests(RedisServers servers)
{
    private const int Limit = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RateLimitAlgorithm.TokenBucket, "a:203.0.113.7", "search", 80)]
    [InlineData(RateLimitAlgorithm.TokenBucket, "a:255.255.255.255", "a-policy-with-a-rather-long-name", 80)]
    [InlineData(RateLimitAlgorithm.TokenBucket, "a:2001:db8:1234:5678:9abc:def0:1234:5678", "user-action", 80)]
    [InlineData(RateLimitAlgorithm.FixedWindow, "a:203.0.113.7", "search", 80)]
    [InlineData(RateLimitAlgorithm.FixedWindow, "a:2001:db8:1234:5678:9abc:def0:1234:5678", "user-action", 80)]
    [InlineData(RateLimitAlgorithm.SlidingWindow, "a:203.0.113.7", "search", 2_200)]
    public async Task A_full_window_is_small_and_rejections_add_nothing(RateLimitAlgorithm algorithm, string partition, string name, long most)
    {
        await using var connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var limit = new CountedLimit(new(name, Limit, TimeSpan.FromHours(1), Algorithm: algorithm), partition);
        await database.KeyDeleteAsync(limit.Key);
        var store = new RateLimitStore(connection);
        for (var i = 0; i < Limit; i++)
            Assert.True((await store.AcquireAsync([limit], 1, Cancellation)).IsAllowed);

        var full = await MemoryAsync(database, limit.Key);
        for (var i = 0; i < 10; i++)
        {
            var rejections = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => store.AcquireAsync([limit], 1, Cancellation)));
            Assert.DoesNotContain(rejections, rejection => rejection.IsAllowed);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{algorithm}, {limit.Key}: {full} bytes");
        Assert.InRange(full, 1, most);
        Assert.Equal(full, await MemoryAsync(database, limit.Key));
        Assert.NotNull(await database.KeyTimeToLiveAsync(limit.Key));
        if (algorithm == RateLimitAlgorithm.SlidingWindow)
            Assert.Equal(Limit, await database.ListLengthAsync(limit.Key));
    }

    [Fact]
    public async Task The_scheme_of_the_guide_grows_with_every_rejection()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        RedisKey key = $"ratelimit:{Unique.Name()}";
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await AddAsync(0, Limit);
        var full = await MemoryAsync(database, key);
        await AddAsync(Limit, 10_000);
        var flooded = await MemoryAsync(database, key);

        TestContext.Current.TestOutputHelper!.WriteLine($"Guide: {full} bytes, after 10,000 rejections {flooded}");
        Assert.True(full > 4_000 && flooded > 1_000_000, "The comparison in docs/rate-limits.md does not hold.");

        // A sorted set whose members are the times as Python prints them, with seven digits after the point, and whose scores are the same.
        Task AddAsync(int from, int count) => Task.WhenAll(Enumerable.Range(from, count).Select(i =>
        {
            var time = (now / 1000.0) + (i * 0.0001237);
            return database.SortedSetAddAsync(key, time.ToString("F7", CultureInfo.InvariantCulture), time);
        }));
    }

    private static async Task<long> MemoryAsync(IDatabase database, RedisKey key) => (long)await database.ExecuteAsync("MEMORY", "USAGE", key, "SAMPLES", "0");
}
