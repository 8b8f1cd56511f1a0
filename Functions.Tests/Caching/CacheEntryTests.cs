using Functions.Redis.Caching;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using Xunit.Sdk;

namespace Functions.Tests.Caching;

/// <summary>What is stored, for how long, and what is read back.</summary>
public sealed class CacheEntryTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public sealed record Product(string Name, decimal Price, IReadOnlyList<string> Labels);

    public sealed record Renamed(DateTimeOffset Name);

    [Theory, ClassData<AnyRedis>]
    public async Task The_first_read_is_a_miss_and_the_second_a_hit_also_for_another_instance(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var product = new Product("Tea ☕", 3.5m, ["hot", "green"]);

        var first = await caches[0].ReadAsync("product:1", product, ["products"]);
        var second = await caches[1].ReadAsync<Product>("product:1", (_, _) => throw FailException.ForFailure("Not called on a hit."), ["products"]);

        Assert.Equal(CacheOutcome.Miss, first.Outcome);
        Assert.Equivalent(product, first.Value);
        Assert.NotSame(product, first.Value);
        Assert.Equal(CacheOutcome.Hit, second.Outcome);
        Assert.Equivalent(product, second.Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_entry_expires(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        var entry = $"{caches.Prefix}{{key}}";
        await caches[0].ReadAsync("key", 1, options: new() { Expiration = TimeSpan.FromMinutes(1) });
        await caches.StoredAsync();
        Assert.Equal(CacheOutcome.Hit, (await caches[0].PeekAsync<int>("key")).Outcome);
        Assert.InRange((await database.KeyTimeToLiveAsync(entry))!.Value, TimeSpan.FromSeconds(55), TimeSpan.FromMinutes(1));

        // As if the minute had passed.
        Assert.True(await database.KeyExpireAsync(entry, TimeSpan.FromMilliseconds(1)));

        await TestPolling.EventuallyAsync(
            async () => (await caches[0].PeekAsync<int>("key")).Outcome == CacheOutcome.Miss, Deadline, "the entry to expire");
    }

    [Fact]
    public async Task The_factory_may_choose_the_time_to_live_by_the_value()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);

        await caches[0].ReadAsync("long", Factory(TimeSpan.FromDays(3)));
        await caches[0].ReadAsync("not at all", Factory(TimeSpan.Zero));

        Assert.InRange((await database.KeyTimeToLiveAsync($"{caches.Prefix}{{long}}"))!.Value, TimeSpan.FromDays(2.8), TimeSpan.FromDays(3));
        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<int>("not at all")).Outcome);

        static Func<CacheEntryContext, CancellationToken, ValueTask<int>> Factory(TimeSpan expiration) => (context, _) =>
        {
            context.Expiration = expiration;
            return ValueTask.FromResult(1);
        };
    }

    [Fact]
    public async Task Expirations_of_entries_made_together_differ()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), configure: options => options.ExpirationJitter = 0.5);
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);

        var lives = new List<TimeSpan>();
        for (var i = 0; i < 50; i++)
        {
            await caches[0].ReadAsync($"{i}", i, options: new() { Expiration = TimeSpan.FromHours(1) });
            lives.Add((await database.KeyTimeToLiveAsync($"{caches.Prefix}{{{i}}}"))!.Value);
        }

        Assert.All(lives, life => Assert.InRange(life, TimeSpan.FromMinutes(29), TimeSpan.FromHours(1)));
        Assert.True(lives.Max() - lives.Min() > TimeSpan.FromMinutes(5));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Null_is_cached_for_its_own_time(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);

        await caches[0].ReadAsync<string?>("none", value: null, options: new() { Expiration = TimeSpan.FromHours(1) });
        var second = await caches[0].ReadAsync<string?>("none", "found");

        Assert.Equal((null, CacheOutcome.Hit), (second.Value, second.Outcome));
        Assert.InRange((await database.KeyTimeToLiveAsync($"{caches.Prefix}{{none}}"))!.Value, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Null_is_not_cached_if_its_time_is_zero()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));

        await caches[0].ReadAsync<string?>("none", value: null, options: new() { NegativeExpiration = TimeSpan.Zero });

        Assert.Equal("found", (await caches[0].ReadAsync<string?>("none", "found")).Value);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_value_of_another_type_than_expected_is_a_miss(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind));
        await caches[0].ReadAsync("key", new Product("Tea", 1, []));
        await caches[0].ReadAsync<string?>("null", value: null);

        var renamed = await caches[0].ReadAsync("key", new Renamed(DateTimeOffset.UnixEpoch));
        var number = await caches[0].ReadAsync("null", 7);

        Assert.Equal((DateTimeOffset.UnixEpoch, CacheOutcome.Miss), (renamed.Value.Name, renamed.Outcome));
        Assert.Equal((7, CacheOutcome.Miss), (number.Value, number.Outcome));
        Assert.Equal(CacheOutcome.Hit, (await caches[0].PeekAsync<Renamed>("key")).Outcome);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(5), InlineData(10), InlineData(12), InlineData(18), InlineData(19), InlineData(40)]
    public async Task Foreign_bytes_in_place_of_an_entry_are_a_miss(int length)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        foreach (byte content in new byte[] { 0, 1, 255 })
        {
            var bytes = Enumerable.Repeat(content, length).ToArray();
            await database.StringSetAsync($"{caches.Prefix}{{key}}", bytes, TimeSpan.FromMinutes(1));

            var read = await caches[0].ReadAsync("key", "value").WaitAsync(Deadline, Cancellation);

            Assert.Equal(("value", CacheOutcome.Miss), (read.Value, read.Outcome));
            Assert.Equal(CacheOutcome.Hit, (await caches[0].PeekAsync<string>("key")).Outcome);
        }
    }

    [Fact]
    public async Task Text_and_bytes_are_stored_as_they_are()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        byte[] bytes = [0, 255, 128, 13, 10];

        await caches[0].ReadAsync("bytes", bytes);
        await caches[0].ReadAsync("text", "\"quoted\" ☕");
        await caches[0].ReadAsync("empty", "");

        Assert.Equal(bytes, (await caches[0].PeekAsync<byte[]>("bytes")).Value);
        Assert.Equal("\"quoted\" ☕", (await caches[0].PeekAsync<string>("text")).Value);
        Assert.Equal(("", CacheOutcome.Hit), ((await caches[0].PeekAsync<string>("empty")).Value, (await caches[0].PeekAsync<string>("empty")).Outcome));
    }

    [Fact]
    public async Task A_value_over_the_limit_is_returned_and_not_cached()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), configure: options => options.MaximumPayloadBytes = 100);

        Assert.Equal(101, (await caches[0].ReadAsync("large", new string('x', 101))).Value.Length);
        await caches[0].ReadAsync("fits", new string('x', 100));

        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>("large")).Outcome);
        Assert.Equal(CacheOutcome.Hit, (await caches[0].PeekAsync<string>("fits")).Outcome);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Keys_and_tags_may_have_any_characters_and_are_not_confused(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        string[] keys = ["}", "{", "{}", "{a}b", "a}b", "a%7Db", "a%257Db", "%", "%25", "a b", "a:lease", "a}:lease", "☕", "é", "e\u0301", "😀", "a\0b", "a\r\nb", "*"];
        foreach (var key in keys)
            await caches[0].ReadAsync(key, key, [$"tag {key}"]);

        await caches.StoredAsync();
        foreach (var key in keys)
            Assert.Equal((key, CacheOutcome.Hit), await EntryAsync(key));

        await caches[0].RemoveByTagAsync("tag {a}b", Cancellation);
        await caches[0].RemoveByTagAsync("tag 😀", Cancellation);
        await caches[0].RemoveAsync("a}b", Cancellation);
        foreach (var key in keys)
            Assert.Equal(key is "{a}b" or "😀" or "a}b" ? CacheOutcome.Miss : CacheOutcome.Hit, (await EntryAsync(key)).Outcome);

        async Task<(string Value, CacheOutcome Outcome)> EntryAsync(string key)
        {
            var entry = await caches[1].PeekAsync<string>(key);
            return (entry.Value, entry.Outcome);
        }
    }

    [Fact]
    public async Task A_factory_that_tells_an_impossible_tag_fails_and_nothing_is_cached()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        string[][] tags = [[""], [" "], ["*"], [new('t', 1025)], ["half \uD83D"], [new('é', 513)], [.. Enumerable.Range(0, 256).Select(i => $"{i}")]];

        foreach (var names in tags)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => caches[0].ReadAsync("key", (context, _) =>
            {
                Array.ForEach(names, context.AddTag);
                return ValueTask.FromResult(1);
            }));
        }
        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<int>("key")).Outcome);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_longest_keys_and_most_tags_work(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var key = new string('k', 1024);
        string[] tags = [.. Enumerable.Range(0, 255).Select(i => $"{i:000}{new string('t', 1021)}")];
        await caches[0].ReadAsync(key, (context, _) =>
        {
            Array.ForEach(tags, context.AddTag);
            return ValueTask.FromResult("value");
        }, tags[..100]);
        await caches.StoredAsync();

        Assert.Equal("value", (await caches[1].PeekAsync<string>(key)).Value);
        await caches[0].RemoveByTagAsync(tags[^1], Cancellation);

        Assert.Equal(CacheOutcome.Miss, (await caches[1].PeekAsync<string>(key)).Outcome);
    }

    [Fact]
    public async Task Flags_leave_out_reading_writing_both_or_the_factory()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var cache = caches[0];
        await cache.ReadAsync("key", "old");

        Assert.Equal("new", await ReadAsync("key", HybridCacheEntryFlags.DisableDistributedCache));
        Assert.Equal("old", await ReadAsync("key", HybridCacheEntryFlags.None));
        Assert.Equal("old", await ReadAsync("key", HybridCacheEntryFlags.DisableDistributedCacheWrite));
        Assert.Equal("new", await ReadAsync("other", HybridCacheEntryFlags.DisableDistributedCacheWrite));
        Assert.Null(await ReadAsync("other", HybridCacheEntryFlags.DisableUnderlyingData));
        Assert.Null(await ReadAsync("key", HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableDistributedCache));
        Assert.Equal("new", await ReadAsync("key", HybridCacheEntryFlags.DisableDistributedCacheRead));
        Assert.Equal("new", (await cache.PeekAsync<string>("key")).Value);

        await cache.SetAsync("key", "unset", new() { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite }, cancellationToken: Cancellation);
        Assert.Equal("new", (await cache.PeekAsync<string>("key")).Value);

        async Task<string?> ReadAsync(string key, HybridCacheEntryFlags flags) =>
            await cache.GetOrCreateAsync(key, _ => ValueTask.FromResult<string?>("new"), new() { Flags = flags }, cancellationToken: Cancellation);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Set_replaces_what_is_there_with_its_tags(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        await caches[0].ReadAsync("key", "first", ["a"]);

        await caches[0].SetAsync("key", "second", tags: ["b"], cancellationToken: Cancellation);
        await caches[0].RemoveByTagAsync("a", Cancellation);
        Assert.Equal("second", (await caches[1].PeekAsync<string>("key")).Value);

        await caches[0].RemoveByTagAsync("b", Cancellation);
        Assert.Equal(CacheOutcome.Miss, (await caches[1].PeekAsync<string>("key")).Outcome);
    }

    [Fact]
    public async Task Set_of_what_cannot_be_stored_leaves_no_older_value()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), configure: options => options.MaximumPayloadBytes = 10);
        await caches[0].ReadAsync("key", "first");

        await caches[0].SetAsync("key", new string('x', 11), cancellationToken: Cancellation);

        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>("key")).Outcome);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Every_key_has_a_time_to_live(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var caches = new TestCaches(server, 2);
        var running = new SlowFactory<int>(1, context => context.AddTag("told"));
        var read = caches[0].ReadAsync("running", running.RunAsync, ["named"]);
        await running.Started;
        await caches[0].ReadAsync("key", 1, ["named", "other"]);
        await caches[0].SetAsync("set", 1, tags: ["set"], cancellationToken: Cancellation);
        await caches[0].RemoveByTagAsync(["named", "*", "unknown"], Cancellation);
        await caches[1].ReadAsync("key", 1, ["named", "other"]);

        await AssertAllExpireAsync(atLeast: 9);
        running.Release();
        await read;
        await AssertAllExpireAsync(atLeast: 9);

        async Task AssertAllExpireAsync(int atLeast)
        {
            await caches.StoredAsync();
            var database = await caches.Connection().GetDatabaseAsync(Cancellation);
            var keys = await server.FindKeysAsync(caches.Prefix);
            Assert.InRange(keys.Count, atLeast, 20);
            foreach (var key in keys)
                Assert.True(await database.KeyTimeToLiveAsync(key) is not null, $"{key} has no time to live.");
        }
    }
}
