using System.Collections.Concurrent;
using Functions.Redis.Caching;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Caching;

/// <summary>Names that nothing can be cached under, and tags that are named twice.</summary>
public sealed class CacheNamesTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Not enumerated ahead: as arguments of a test case, halves of pairs would become another character.
    public static TheoryData<string?, string> UnusableKeys => new()
    {
        { null, "null, empty or white space" },
        { "", "null, empty or white space" },
        { " \t", "null, empty or white space" },
        { new('k', 1025), "1025 characters" },
        { "half \uD83D", "half a surrogate pair" },
        { "\uDE00\uD83D", "half a surrogate pair" },
    };

    public static TheoryData<string, string[]> UnusableTags => new()
    {
        { "more than 1024 bytes", [new('t', 1025)] },
        { "more than 1024 bytes", ["a", new('é', 513)] },
        { "half a surrogate pair", ["a", "\uD83D"] },
        { "256 tags", [.. Enumerable.Range(0, 256).Select(i => $"{i}")] },
    };

    [Theory, MemberData(nameof(UnusableKeys), DisableDiscoveryEnumeration = true)]
    public async Task Under_an_unusable_key_every_read_calls_its_factory_and_the_log_is_told_once(string? key, string reason)
    {
        var log = new Log();
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), logger: log);
        var cache = caches[0];
        await cache.SetAsync(key!, "set", cancellationToken: Cancellation);

        Assert.Equal("abstraction", await cache.GetOrCreateAsync(key!, _ => ValueTask.FromResult("abstraction"), cancellationToken: Cancellation));
        Assert.Equal(("entry", CacheOutcome.Bypass), Of(await cache.ReadAsync(key!, "entry")));
        Assert.Equal(("local", CacheOutcome.Bypass), Of(await cache.ReadAsync(key!, "local", options: new() { LocalExpiration = TimeSpan.FromMinutes(1) })));
        Assert.Equal(("begun", CacheOutcome.Bypass), Of(await BeginAsync(cache, key!, null)));
        Assert.Equal((null, CacheOutcome.Bypass), Of(await cache.PeekAsync<string>(key!)));
        Assert.Equal((false, null), await cache.TryGetAsync<string?>(key!, cancellationToken: Cancellation));
        await cache.RemoveAsync([key ?? "", "other"], Cancellation);

        var (level, text) = Assert.Single(log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 0, 250);
        Assert.DoesNotContain(await (await servers.GetAsync(RedisKind.Garnet)).FindKeysAsync(caches.Prefix), stored => stored.ToString().Contains('{', StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(UnusableTags), DisableDiscoveryEnumeration = true)]
    public async Task With_unusable_tags_nothing_is_cached_and_the_log_is_told_once(string reason, string[] tags)
    {
        var log = new Log();
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), logger: log);
        var cache = caches[0];
        await cache.SetAsync("key", "older", cancellationToken: Cancellation);
        await cache.SetAsync("key", "set", tags: tags, cancellationToken: Cancellation);
        Assert.False((await cache.TryGetAsync<string>("key", cancellationToken: Cancellation)).Found);

        Assert.Equal("abstraction", await cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("abstraction"), tags: tags, cancellationToken: Cancellation));
        Assert.Equal(("entry", CacheOutcome.Bypass), Of(await cache.ReadAsync("key", "entry", tags)));
        Assert.Equal(("begun", CacheOutcome.Bypass), Of(await BeginAsync(cache, "key", tags)));
        Assert.False((await cache.TryGetAsync<string>("key", cancellationToken: Cancellation)).Found);
        await cache.RemoveByTagAsync(tags, Cancellation);

        var (level, text) = Assert.Single(log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains(reason, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_kind_of_unusable_name_does_not_hide_another_and_what_is_logged_is_short()
    {
        var log = new Log();
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet), logger: log);
        for (var i = 0; i < 3; i++)
        {
            await caches[0].ReadAsync("", 1);
            await caches[0].ReadAsync($"line\r\nbreak{new string('k', 5000)}", 1);
            await caches[0].ReadAsync("\uD83D", 1);
            await caches[0].ReadAsync("key", 1, [new('t', 5000)]);
        }

        Assert.Equal(4, log.Lines.Count);
        Assert.All(log.Lines, line => Assert.InRange(line.Text.Length, 0, 250));
        Assert.All(log.Lines, line => Assert.DoesNotContain(line.Text, char.IsControl));
    }

    [Fact]
    public async Task Tags_that_are_blank_or_stand_for_everything_are_refused_for_entries_and_ignored_by_removals()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));
        var cache = caches[0];
        await cache.ReadAsync("key", 1, ["tag"]);
        foreach (var tag in new[] { null, "", " ", "\n", "*" })
        {
            foreach (var tags in new string[][] { [tag!], ["tag", tag!] })
            {
                await Assert.ThrowsAnyAsync<ArgumentException>(() => cache.GetOrCreateAsync("key", _ => ValueTask.FromResult(2), tags: tags, cancellationToken: Cancellation).AsTask());
                await Assert.ThrowsAnyAsync<ArgumentException>(() => cache.ReadAsync("key", 2, tags));
                await Assert.ThrowsAnyAsync<ArgumentException>(() => cache.SetAsync("key", 2, tags: tags, cancellationToken: Cancellation).AsTask());
            }

            Assert.ThrowsAny<ArgumentException>(() => new CacheEntryContext().AddTag(tag!));
            if (tag is not "*")
            {
                await cache.RemoveByTagAsync(tag!, Cancellation);
                await cache.RemoveByTagAsync([tag!, "unknown"], Cancellation);
            }
        }

        Assert.Equal((1, CacheOutcome.Hit), Of(await cache.PeekAsync<int>("key")));
    }

    [Fact]
    public async Task A_null_key_cannot_be_removed()
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Garnet));

        await Assert.ThrowsAsync<ArgumentNullException>(() => caches[0].RemoveAsync((string)null!, Cancellation).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>(() => caches[0].RemoveAsync(["key", null!], Cancellation).AsTask());
    }

    [Fact]
    public async Task The_longest_key_is_what_the_option_says_and_longer_ones_can_be_removed()
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var longer = new TestCaches(server, configure: options => options.MaximumKeyLength = 2000);
        await using var shorter = new TestCaches(server, configure: options => (options.KeyPrefix, options.MaximumKeyLength) = (longer.Prefix, 64));
        var key = new string('k', 2000);

        await longer[0].ReadAsync(key, "value");
        await longer.StoredAsync();
        Assert.Equal(CacheOutcome.Hit, (await longer[0].ReadAsync(key, "other")).Outcome);
        Assert.Equal(CacheOutcome.Bypass, (await longer[0].ReadAsync(key + "k", "other")).Outcome);
        Assert.Equal(CacheOutcome.Bypass, (await shorter[0].ReadAsync(key, "other")).Outcome);
        await shorter[0].RemoveAsync(key, Cancellation);

        Assert.Equal(CacheOutcome.Miss, (await longer[0].PeekAsync<string>(key)).Outcome);
    }

    [Theory, InlineData(63), InlineData(8193)]
    public void A_maximum_that_is_no_use_stops_the_start(int length)
    {
        var services = new ServiceCollection();
        services.AddRedisHybridCache().Configure(options => options.MaximumKeyLength = length);
        using var provider = services.BuildServiceProvider();

        var refusal = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<CacheOptions>>().Value);

        Assert.Contains("Cache__MaximumKeyLength", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(2), InlineData(17), InlineData(300)]
    public async Task A_tag_that_is_named_again_costs_nothing(int times)
    {
        await using var caches = new TestCaches(await servers.GetAsync(RedisKind.Single), 2);
        var database = await caches.Connection().GetDatabaseAsync(Cancellation);
        string[] tags = [.. Enumerable.Repeat("tag", times), "other"];

        await caches[0].ReadAsync("once", "value", ["tag", "other"]);
        await caches[0].ReadAsync("array", "value", tags);
        await caches[0].ReadAsync("list", "value", [.. tags.Reverse()]);
        await caches[0].SetAsync("set", "value", tags: tags.Select(tag => tag), cancellationToken: Cancellation);
        await caches.StoredAsync();

        var length = await database.StringLengthAsync($"{caches.Prefix}{{once}}");
        foreach (var key in new[] { "array", "list", "set" })
        {
            Assert.Equal(length, await database.StringLengthAsync($"{caches.Prefix}{{{key}}}"));
            Assert.Equal(CacheOutcome.Hit, (await caches[1].ReadAsync(key, "new", tags)).Outcome);
        }

        Assert.Equal(["tag", "other"], CacheNames.Copy(tags));
        await caches[1].RemoveByTagAsync("tag", Cancellation);
        foreach (var key in new[] { "array", "list", "set" })
            Assert.Equal(CacheOutcome.Miss, (await caches[0].PeekAsync<string>(key)).Outcome);
    }

    private static async Task<CacheEntry<string>> BeginAsync(RedisHybridCache cache, string key, string[]? tags) =>
        await cache.GetOrCreateEntryAsync(cache.BeginRead<string>(key, tags: tags), 0, (_, _, _) => ValueTask.FromResult("begun"), Cancellation);

    private static (T Value, CacheOutcome Outcome) Of<T>(CacheEntry<T> entry) => (entry.Value, entry.Outcome);

    private sealed class Log : ILogger<RedisHybridCache>
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
