using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>One caller: what is cached, and for how long.</summary>
public sealed class ReadBehaviourTests(RedisServers servers) : CacheBehaviourTests(servers)
{
    private static readonly TimeSpan ExpiryDeadline = TimeSpan.FromSeconds(5);

    public sealed record Product(string Name, decimal Price, IReadOnlyList<string> Labels);

    public readonly record struct Point(double X, double Y);

    [Theory, ClassData<AnyCache>]
    public Task The_first_read_calls_the_factory_and_the_second_does_not(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        Assert.Equal("made", await caches[0].GetAsync("key", "made"));
        Assert.Equal("made", await caches[0].HitAsync<string>("key"));
        Assert.Equal("other", await caches[0].GetAsync("other", "other"));
    });

    [Theory, ClassData<AnyCache>]
    public Task The_factory_gets_the_state(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var value = await caches[0].GetOrCreateAsync("key", 42, (state, _) => ValueTask.FromResult(state + 1), cancellationToken: Cancellation);

        Assert.Equal(43, value);
        Assert.Equal(43, await caches[0].HitAsync<int>("key"));
    });

    [Theory, ClassData<AnyCache>]
    public Task An_expired_value_is_made_anew(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        var shortLived = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMilliseconds(200) };
        await caches[0].GetAsync("short", "old", options: shortLived);
        await caches[0].GetAsync("long", "old", options: new() { Expiration = TimeSpan.FromMinutes(5) });

        await TestPolling.EventuallyAsync(
            async () => await caches[0].GetAsync("short", "new", options: shortLived) == "new", ExpiryDeadline, "the entry to expire");
        Assert.Equal("old", await caches[0].HitAsync<string>("long"));
    });

    [Theory, ClassData<AnyCache>]
    public Task The_default_expiration_holds_for_entries_without_one(CacheKind kind) => CheckAsync(
        kind,
        1,
        async caches =>
        {
            await caches[0].GetAsync("default", "old");
            await caches[0].SetAsync("set", "old", cancellationToken: Cancellation);
            await caches[0].GetAsync("long", "old", options: new() { Expiration = TimeSpan.FromMinutes(5) });

            await TestPolling.EventuallyAsync(
                async () => await caches[0].GetAsync("default", "new") == "new" && await caches[0].GetAsync("set", "new") == "new",
                ExpiryDeadline,
                "the entries to expire");
            Assert.Equal("old", await caches[0].HitAsync<string>("long"));
        },
        defaultExpiration: TimeSpan.FromMilliseconds(500));

    [Theory, ClassData<AnyCache>]
    public Task Null_is_cached(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        Assert.Null(await caches[0].GetAsync("key", (Product?)null));
        Assert.Null(await caches[0].HitAsync<Product?>("key"));
        await TestPolling.EventuallyAsync(
            async () => await caches[1].GetAsync<Product?>("key", new("Tea", 1, []), options: ReadOnly) is null,
            ComparedCaches.Deadline,
            "null on another instance");
    });

    [Theory, ClassData<AnyCache>]
    public Task Value_types_are_cached(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        var id = Guid.NewGuid();
        var time = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.FromHours(1));
        await CheckAsync("int", 7);
        await CheckAsync("zero", 0);
        await CheckAsync("bool", value: false);
        await CheckAsync<int?>("nullable", 7);
        await CheckAsync("decimal", 12.50m);
        await CheckAsync("guid", id);
        await CheckAsync("time", time);
        await CheckAsync("struct", new Point(1.5, -2));

        async Task CheckAsync<T>(string key, T value)
        {
            Assert.Equal(value, await caches[0].GetAsync(key, value));
            Assert.Equal(value, await caches[0].HitAsync<T>(key));
            await caches.EventuallyInRedisAsync(1, key, value);
        }
    });

    [Theory, ClassData<AnyCache>]
    public Task Records_and_collections_come_back_as_they_were(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        var product = new Product("Tea ☕", 3.5m, ["hot", "green"]);
        await caches[0].SetAsync("record", product, cancellationToken: Cancellation);
        await caches[0].SetAsync("list", new List<int> { 1, 2, 3 }, cancellationToken: Cancellation);

        Assert.Equivalent(product, await caches[0].HitAsync<Product>("record"));
        Assert.Equivalent(product, await caches[1].HitAsync<Product>("record"));
        Assert.Equal([1, 2, 3], await caches[1].HitAsync<List<int>>("list"));
    });

    [Theory, ClassData<AnyCache>]
    public Task Text_and_bytes_come_back_as_they_were(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        byte[] bytes = [0, 255, 128, 13, 10];
        await caches[0].SetAsync("bytes", bytes, cancellationToken: Cancellation);
        await caches[0].SetAsync("text", "\"quoted\" ☕", cancellationToken: Cancellation);
        await caches[0].SetAsync("empty", "", cancellationToken: Cancellation);

        foreach (var i in new[] { 0, 1 })
        {
            Assert.Equal(bytes, await caches[i].HitAsync<byte[]>("bytes"));
            Assert.Equal("\"quoted\" ☕", await caches[i].HitAsync<string>("text"));
            Assert.Equal("", await caches[i].HitAsync<string>("empty"));
        }
    });

    [Theory, ClassData<AnyCache>]
    public Task A_value_of_a_million_bytes_is_cached(CacheKind kind) => CheckAsync(kind, 2, async caches =>
    {
        var bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i:0000000000}"));
        await caches[0].SetAsync("bytes", bytes, cancellationToken: Cancellation);
        await caches[0].SetAsync("text", text, cancellationToken: Cancellation);

        foreach (var i in new[] { 0, 1 })
        {
            var read = await caches[i].HitAsync<byte[]>("bytes");
            Assert.True(bytes.AsSpan().SequenceEqual(read));
            Assert.Equal(text, await caches[i].HitAsync<string>("text"));
        }
    });

    [Theory, ClassData<AnyCache>]
    public Task Keys_may_have_any_printable_characters_and_are_not_confused(CacheKind kind) => CheckAsync(kind, 1, async caches =>
    {
        string[] keys = ["}", "{", "{}", "{a}b", "a}b", "a%7Db", "%", "%25", "a b", "a:b", "☕", "é", "e\u0301", "😀", "K", "k", "*", new('k', 1000)];
        foreach (var key in keys)
            await caches[0].GetAsync(key, key, [$"tag {key}"]);

        await caches[0].RemoveAsync("a}b", Cancellation);

        foreach (var key in keys)
            Assert.Equal(key is "a}b" ? "new" : key, await caches[0].GetAsync(key, "new", [$"tag {key}"]));
    });

    private static HybridCacheEntryOptions ReadOnly => new()
    {
        Flags = HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite,
    };
}
