using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching;

/// <summary>What is set is in the first level of its process, and of no other.</summary>
public sealed class CacheLocalSetTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly RedisCacheEntryOptions Local = new() { LocalExpiration = TimeSpan.FromHours(1) };
    private static readonly RedisCacheEntryOptions LocalOnly = Local with { Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_set_is_kept_in_its_process_and_its_message_drops_what_others_keep(RedisKind kind)
    {
        await using var caches = new TestCaches(await servers.GetAsync(kind), 2);
        var value = new string("new");
        foreach (var cache in new[] { caches[0], caches[1] })
        {
            await cache.ReadAsync("key", "old", ["tag"], Local);
            await cache.HearsAsync();
            await cache.KeepsAsync("key", Local);
        }

        await caches[0].SetEntryAsync("key", value, Local, ["tag"], Cancellation);
        Assert.Same(value, (await caches[0].PeekAsync<string>("key", Local)).Value);
        await TestPolling.EventuallyAsync(
            async () => (await caches[1].PeekAsync<string>("key", Local)).Value == "new", Deadline, "the other instance to have the new value");
        await caches[0].ReadAsync("witness", "value", ["witness"], Local);
        await caches[1].RemoveByTagAsync("witness", Cancellation);
        await TestPolling.EventuallyAsync(
            async () => (await caches[0].PeekAsync<string>("witness", Local)).Outcome == CacheOutcome.Miss, Deadline, "a later message to arrive");

        Assert.Same(value, (await caches[0].PeekAsync<string>("key", Local)).Value); // Its own message has dropped nothing.
        await caches[1].RemoveAsync("key", Cancellation);
        await TestPolling.EventuallyAsync(
            async () => (await caches[0].PeekAsync<string>("key", Local)).Outcome == CacheOutcome.Miss, Deadline, "the removal to be heard of");
    }

    [Fact]
    public async Task Instances_that_set_one_key_at_once_agree_in_the_end()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), 3);
        for (var i = 0; i < 3; i++)
        {
            await caches[i].ReadAsync("warm", "", options: Local);
            await caches[i].HearsAsync();
        }

        for (var round = 0; round < 30; round++)
        {
            var value = round;
            await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(
                async () =>
                {
                    await caches[i % 3].SetEntryAsync("key", $"{value}:{i}", Local, cancellationToken: Cancellation);
                    await caches[i % 3].PeekAsync<string>("key", Local);
                },
                Cancellation)));
            var stored = (await caches[0].PeekAsync<string>("key")).Value;

            for (var i = 0; i < 3; i++)
            {
                var cache = caches[i];
                await TestPolling.EventuallyAsync(
                    async () => (await cache.PeekAsync<string>("key", Local)).Value == stored, Deadline, $"instance {i} to have what Redis has");
            }
        }
    }

    [Fact]
    public async Task A_set_that_is_not_for_Redis_replaces_what_the_process_keeps_without_a_command()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var caches = new TestCaches(server, configure: options => options.HeartbeatInterval = TimeSpan.FromMinutes(1));
        await caches[0].ReadAsync("key", "old", ["tag"], Local);
        await caches[0].KeepsAsync("key", Local);
        await caches[0].HearsAsync();
        await caches.StoredAsync();
        var counter = await CommandCounter.StartAsync(server);

        await caches[0].SetEntryAsync("key", "first", LocalOnly, ["tag"], Cancellation);
        Assert.Equal("first", (await caches[0].PeekAsync<string>("key", Local)).Value);
        await caches[0].SetAsync(
            "key",
            "second",
            new() { LocalCacheExpiration = TimeSpan.FromHours(1), Flags = HybridCacheEntryFlags.DisableDistributedCache },
            ["tag"],
            Cancellation);
        Assert.Equal("second", (await caches[0].PeekAsync<string>("key", Local)).Value);
        Assert.Empty(await counter.CountAsync());

        await caches[0].RemoveByTagAsync("tag", Cancellation);
        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>("key", Local)).Outcome);
    }

    [Theory, InlineData("not asked for"), InlineData("too large"), InlineData("no time to live"), InlineData("flag")]
    public async Task A_set_that_is_not_for_Redis_and_cannot_be_kept_leaves_no_older_value_in_the_process(string reason)
    {
        await using var caches = new TestCaches(
            await servers.GetAsync(RedisKind.Garnet), configure: options => options.MaximumPayloadBytes = 100);
        await caches[0].SetEntryAsync("key", "old", LocalOnly, cancellationToken: Cancellation);
        Assert.Equal("old", (await caches[0].PeekAsync<string>("key", Local)).Value);
        var options = reason switch
        {
            "not asked for" => LocalOnly with { LocalExpiration = null },
            "no time to live" => LocalOnly with { Expiration = TimeSpan.Zero },
            "flag" => LocalOnly with { Flags = LocalOnly.Flags | HybridCacheEntryFlags.DisableLocalCacheWrite },
            _ => LocalOnly,
        };

        await caches[0].SetEntryAsync("key", new string('n', reason == "too large" ? 101 : 1), options, cancellationToken: Cancellation);

        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>("key", Local)).Outcome);
    }

    [Fact]
    public async Task A_default_of_all_entries_switches_the_first_level_on_and_an_entry_off()
    {
        await using var caches = new TestCaches(
            await servers.GetAsync(RedisKind.Garnet), configure: options => options.LocalExpiration = TimeSpan.FromHours(1));
        var value = new string("kept");
        await caches[0].SetAsync("key", value, cancellationToken: Cancellation);

        Assert.Same(value, await caches[0].GetOrCreateAsync("key", _ => ValueTask.FromResult("made"), cancellationToken: Cancellation));
        Assert.Same(value, (await caches[0].PeekAsync<string>("key")).Value);
        var read = await caches[0].GetOrCreateEntryAsync(caches[0].BeginRead<string>("key"), 0, static (_, _, _) => ValueTask.FromResult("made"), Cancellation);
        Assert.Same(value, read.Value);
        Assert.NotSame(value, (await caches[0].PeekAsync<string>("key", new() { LocalExpiration = TimeSpan.Zero })).Value);
    }
}
