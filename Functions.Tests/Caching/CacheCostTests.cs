using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>How many commands the cache sends.</summary>
public sealed class CacheCostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task A_hit_is_one_command_tags_included(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server, 2);
        await caches[0].ReadAsync("key", Told, ["a", "b"]);
        await caches.StoredAsync();
        await caches[1].PeekAsync<int>("key"); // The first read of an instance learns the tags that the value tells.

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 10; i++)
            Assert.Equal(CacheOutcome.Hit, (await caches[i % 2].ReadAsync("key", Told, ["a", "b"])).Outcome);
        var calls = await counter.CountAsync();

        Assert.Equal(10, Assert.Single(calls).Value);
    }

    [Fact]
    public async Task A_hit_is_one_command_with_more_keys_than_the_process_remembers_and_after_a_read_without_a_factory()
    {
        const int Keys = 12_000;
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 3);
        foreach (var chunk in Enumerable.Range(0, Keys).Chunk(500))
            await Task.WhenAll(chunk.Select(i => caches[0].SetAsync($"key{i}", i, cancellationToken: Cancellation).AsTask()));
        await caches[1].ReadAsync("key0", 0); // From now on it knows the generation that a claim names.
        await caches[1].TryGetAsync<int>("key1", cancellationToken: Cancellation);
        await caches[2].ReadAsync("key0", 0);
        await caches[2].GetOrCreateEntryAsync(caches[2].BeginRead<int>("key1"), 0, static (_, _, _) => ValueTask.FromResult(0), Cancellation);
        await caches.StoredAsync();

        var counter = await CommandCounter.StartAsync(server);
        foreach (var chunk in Enumerable.Range(0, Keys).Chunk(500))
            await Task.WhenAll(chunk.Select(i => caches[0].ReadAsync($"key{i}", -1)));
        await caches[1].ReadAsync("key1", -1);
        await caches[2].ReadAsync("key1", -1);
        await caches.StoredAsync();
        var calls = await counter.CountAsync();

        Assert.Equal(Keys + 2, Assert.Single(calls).Value);
    }

    [Fact]
    public async Task A_new_instance_learns_that_the_cache_is_warm_and_that_it_is_cold()
    {
        const int Forgotten = 12_000;
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 2);
        for (var i = 0; i < 100; i++)
            await caches[0].SetAsync($"warm{i}", i, cancellationToken: Cancellation);

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 100; i++)
            Assert.Equal(CacheOutcome.Hit, (await caches[1].ReadAsync($"warm{i}", -1)).Outcome);
        var claims = (await counter.CountAsync()).GetValueOrDefault("set");
        Assert.InRange(claims, 0, 2);

        // More keys than it remembers, none of which is there.
        foreach (var chunk in Enumerable.Range(0, Forgotten).Chunk(500))
            await Task.WhenAll(chunk.Select(i => caches[1].ReadAsync($"cold{i}", i)));
        await caches.StoredAsync();
        counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 100; i++)
            Assert.Equal(CacheOutcome.Miss, (await caches[1].ReadAsync($"colder{i}", i)).Outcome);
        await caches.StoredAsync();
        var calls = await counter.CountAsync();

        // Each has one claim and one store; the script that asks for a lease after the read is needed for hardly any.
        Assert.InRange(calls["evalsha"], 100, 105);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Removing_a_tag_costs_the_same_for_ten_and_for_a_million_entries(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var caches = new TestCaches(server);
        await FillAsync("few", 10);
        await FillAsync("many", 1_000_000);
        Assert.Equal(CacheOutcome.Hit, (await caches[0].PeekAsync<int>("many999999")).Outcome);

        var few = await RemoveAsync("few");
        var many = await RemoveAsync("many");

        Assert.Equal(3, few); // The epoch, the generation of the tag, the message to other instances.
        Assert.Equal(3, many);
        Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<int>("many999999")).Outcome);

        // The first entry as the cache stores it, the others as copies of it: an entry's bytes do not tell its key.
        async Task FillAsync(string tag, int entries)
        {
            await caches[0].SetAsync($"{tag}0", 1, tags: [tag], cancellationToken: Cancellation);
            var database = await caches.Connection().GetDatabaseAsync(Cancellation);
            var stored = await database.StringGetAsync($"{caches.Prefix}{{{tag}0}}");
            foreach (var chunk in Enumerable.Range(1, entries - 1).Chunk(10_000))
                await Task.WhenAll(chunk.Select(i => database.StringSetAsync($"{caches.Prefix}{{{tag}{i}}}", stored)));
        }

        async Task<long> RemoveAsync(string tag)
        {
            var counter = await CommandCounter.StartAsync(server);
            await caches[0].RemoveByTagAsync(tag, Cancellation);
            return (await counter.CountAsync()).Values.Sum();
        }
    }

    private static ValueTask<int> Told(CacheEntryContext context, CancellationToken cancellation)
    {
        context.AddTag("told");
        return ValueTask.FromResult(1);
    }
}
