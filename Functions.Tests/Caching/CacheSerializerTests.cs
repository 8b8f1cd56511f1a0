using System.Text.Json;
using System.Text.Json.Serialization;
using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Caching;

/// <summary>What is cached comes back as it was, or is refused.</summary>
public sealed class CacheSerializerTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

#pragma warning disable CA1051 // Fields are what this is about.
    public sealed class OnlyFields
    {
        public int X;
        public string? Y;
    }
#pragma warning restore CA1051

    public sealed class Unsettable
    {
        public List<int> Numbers { get; } = [];
    }

    public sealed class Hidden(int secret)
    {
        public int Reveal() => secret;
    }

    public sealed record Computed(int A, int B)
    {
        public int Sum => A + B;
    }

    public sealed record Holder(object Anything);

    [Fact]
    public async Task Content_in_fields_comes_back_wherever_it_lies()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), 2);
        await CheckAsync((42, "abc"));
        await CheckAsync(new List<(int, string)> { (1, "a"), (2, "b") });
        await CheckAsync(new[] { (1, "a") });
        await CheckAsync(new Dictionary<string, (int Id, string? Who)> { ["x"] = (42, null) });
        await CheckAsync(new Computed(1, 2));
        await CheckAsync<(int, string)?>((1, "a"));
        await caches[0].SetAsync("fields", new OnlyFields { X = 1, Y = "a" }, cancellationToken: Cancellation);
        var read = (await caches[1].PeekAsync<OnlyFields>("fields")).Value;
        Assert.Equal((1, "a"), (read.X, read.Y));

        async Task CheckAsync<T>(T value)
        {
            var key = typeof(T).ToString();
            Assert.Equal(value, (await caches[0].ReadAsync(key, value)).Value);
            await caches.StoredAsync();
            var (found, other) = await caches[1].TryGetAsync<T>(key, cancellationToken: Cancellation);
            Assert.True(found);
            Assert.Equal(value, other);
        }
    }

    [Fact]
    public async Task What_would_lose_something_is_refused_with_the_name_of_its_type()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        await RefusedAsync(new Unsettable());
        await RefusedAsync(new Hidden(1));
        await RefusedAsync(new List<Hidden> { new(1) }, nameof(Hidden));
        await RefusedAsync(new Holder(1), "Object");

        async Task RefusedAsync<T>(T value, string? name = null)
        {
            var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => caches[0].SetAsync("key", value, cancellationToken: Cancellation).AsTask());
            Assert.Contains(name ?? typeof(T).Name, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reads_of_a_type_that_is_refused_are_refused_too_whatever_is_there()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        await caches[0].SetAsync("key", "text", cancellationToken: Cancellation);

        await Assert.ThrowsAsync<NotSupportedException>(() => caches[0].TryGetAsync<Hidden>("key", cancellationToken: Cancellation).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => caches[0].GetOrCreateAsync("key", _ => ValueTask.FromResult(new Hidden(1)), cancellationToken: Cancellation).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => caches[0].GetOrCreateAsync("none", _ => ValueTask.FromResult(new Hidden(1)), cancellationToken: Cancellation).AsTask());
        Assert.Equal("text", (await caches[0].PeekAsync<string>("key")).Value);
    }

    [Fact]
    public void Registered_options_are_used_those_of_the_type_first_and_the_last_factory_wins()
    {
        var services = new ServiceCollection()
            .AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase })
            .AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<(int, int)>), new JsonSerializerOptions { NumberHandling = JsonNumberHandling.WriteAsString, IncludeFields = true });
        var all = new CacheSerializers(services.BuildServiceProvider(), new CacheOptions());
        Assert.Contains("\"1\"", System.Text.Encoding.UTF8.GetString(all.Fill((1, 2)).Serialized.Span), StringComparison.Ordinal);
        Assert.Contains("\"sum\"", System.Text.Encoding.UTF8.GetString(all.Fill(new Computed(1, 2)).Serialized.Span), StringComparison.Ordinal);

        var factories = services
            .AddSingleton<IHybridCacheSerializerFactory>(new Factory(new Named()))
            .AddSingleton<IHybridCacheSerializerFactory>(new Factory(new Named()));
        using var provider = factories.BuildServiceProvider();
        var last = provider.GetServices<IHybridCacheSerializerFactory>().Cast<Factory>().Last();
        Assert.Same(last.Serializer, new CacheSerializers(provider, new CacheOptions()).For<Computed>());
    }

    [Fact]
    public async Task A_caller_may_use_its_array_of_tags_again()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        string[] tags = ["tag"];
        var factory = new SlowFactory<string>("old");
        var read = caches[0].ReadAsync("key", factory.RunAsync, tags);
        await factory.Started;
        tags[0] = "other";
        factory.Release();
        await read;

        await caches[0].RemoveByTagAsync("tag", Cancellation);

        Assert.Equal("new", (await caches[0].ReadAsync("key", "new", ["tag"])).Value);
    }

    [Fact]
    public async Task An_array_that_names_another_tag_at_the_next_read_does_not_hide_removals_by_it()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        string[] tags = ["first"];
        await caches[0].ReadAsync("key", "older", tags);
        await caches[0].RemoveAsync("key", Cancellation);
        tags[0] = "second";
        await caches[0].ReadAsync("key", "old", tags);

        await caches[0].RemoveByTagAsync("second", Cancellation);

        Assert.Equal("new", (await caches[0].ReadAsync("key", "new", ["second"])).Value);
    }

    [Fact]
    public async Task An_entry_with_a_byte_more_or_less_is_a_miss_and_lists_that_are_null_are_empty()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        await caches[0].SetAsync("key", "value", cancellationToken: Cancellation);
        var good = (byte[])(await database.StringGetAsync($"{caches.Prefix}{{key}}"))!;
        await caches[0].RemoveAsync((IEnumerable<string>)null!, Cancellation);
        await caches[0].RemoveByTagAsync((IEnumerable<string>)null!, Cancellation);
        foreach (var bytes in new byte[][] { [.. good, 0], good[..^1] })
        {
            await database.StringSetAsync($"{caches.Prefix}{{key}}", bytes, TimeSpan.FromMinutes(1));
            Assert.Equal((false, null), await caches[0].TryGetAsync<string?>("key", cancellationToken: Cancellation));
        }
    }

    [Fact]
    public void In_the_millisecond_of_its_end_a_value_is_not_stale_for_who_wants_none()
    {
        var ended = new CacheLookup<string>(CacheLookupState.Expired, "old", default, default, TimeSpan.Zero);

        Assert.False(ended.IsStaleWithin(TimeSpan.Zero));
        Assert.True(ended.IsStaleWithin(TimeSpan.FromMilliseconds(1)));
        Assert.False((ended with { Remaining = TimeSpan.FromMilliseconds(-2) }).IsStaleWithin(TimeSpan.FromMilliseconds(1)));
    }

    private sealed class Factory(object serializer) : IHybridCacheSerializerFactory
    {
        public object Serializer => serializer;

        public bool TryCreateSerializer<T>([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IHybridCacheSerializer<T>? made) =>
            (made = serializer as IHybridCacheSerializer<T>) is not null;
    }

    private sealed class Named : IHybridCacheSerializer<Computed>
    {
        public Computed Deserialize(System.Buffers.ReadOnlySequence<byte> source) => new(0, 0);

        public void Serialize(Computed value, System.Buffers.IBufferWriter<byte> target)
        {
        }
    }
}
