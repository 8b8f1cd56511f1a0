using Functions.Redis.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Tests.Caching;

/// <summary>
/// The promise against a model. The "database" is one version number per key. Writers raise it, then invalidate; from then on no read
/// that starts may return less, on any instance.
/// </summary>
public sealed class CacheModelTests(RedisServers servers)
{
    private const int Instances = 3;
    private const int Keys = 4;
    private const int Writers = 4;
    private const int Readers = 12;
    private const int WritesPerWriter = 750;

    [Theory, ClassData<AnyRedis>]
    public async Task No_read_that_starts_after_an_invalidation_returned_sees_what_was_before(RedisKind kind)
    {
        var seed = Random.Shared.Next();
        await using var caches = new TestCaches(await servers.GetAsync(kind), Instances, options => options.PollingInterval = TimeSpan.FromMilliseconds(1));
        var committed = new int[Keys];
        var promised = new int[Keys];
        var hits = 0;
        var reads = 0;
        var writing = Writers;
        string? violation = null;

        await Task.WhenAll(
            Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(new Random(seed + i))))),
            Task.WhenAll(Enumerable.Range(0, Readers).Select(i => Task.Run(() => ReadAsync(new Random(seed - 1 - i))))));

        Assert.True(violation is null, $"Seed {seed}: {violation}");
        Assert.True(reads > 2_000 && hits > reads / 20, $"Seed {seed}: {hits} hits in {reads} reads prove nothing.");

        async Task WriteAsync(Random random)
        {
            for (var i = 0; i < WritesPerWriter && violation is null; i++)
            {
                var key = random.Next(Keys);
                var cache = caches[random.Next(Instances)];
                var version = Interlocked.Increment(ref committed[key]);
                await PauseAsync(random);
                switch (random.Next(10))
                {
                    case < 4:
                        await cache.RemoveAsync($"key{key}");
                        break;
                    case < 6:
                        await cache.RemoveByTagAsync($"named{key}");
                        break;
                    case < 8:
                        await cache.RemoveByTagAsync($"told{key}");
                        break;
                    case 8:
                        await cache.RemoveByTagAsync([$"named{key}", $"told{key}", "unrelated"]);
                        break;
                    default:
                        await cache.RemoveByTagAsync("*");
                        break;
                }
                Gauge.InterlockedMaximum(ref promised[key], version);
                for (var pause = random.Next(4); pause > 0; pause--)
                    await PauseAsync(random);
            }
            Interlocked.Decrement(ref writing);
        }

        async Task ReadAsync(Random random)
        {
            while (Volatile.Read(ref writing) > 0 && violation is null)
            {
                var key = random.Next(Keys);
                var atLeast = Volatile.Read(ref promised[key]);
                var seed = random.Next();
                var cache = caches[random.Next(Instances)];
                var (value, outcome) = random.Next(3) == 0
                    ? (await cache.GetOrCreateAsync($"key{key}", async _ => await LoadAsync(key, new CacheEntryContext(), new Random(seed)), tags: [$"named{key}", $"told{key}"]), default(CacheOutcome?))
                    : await EntryAsync(cache);
                Interlocked.Increment(ref reads);
                if (outcome == CacheOutcome.Hit)
                    Interlocked.Increment(ref hits);
                if (value < atLeast)
                    violation = $"key {key}, {outcome}: version {value}, but {atLeast} had been invalidated for.";

                async Task<(int, CacheOutcome?)> EntryAsync(RedisHybridCache cache)
                {
                    var read = await cache.ReadAsync($"key{key}", (context, _) => LoadAsync(key, context, new Random(seed)), [$"named{key}"],
                        new() { Flags = random.Next(20) == 0 ? HybridCacheEntryFlags.DisableDistributedCacheRead : HybridCacheEntryFlags.None });
                    return (read.Value, read.Outcome);
                }
            }
        }

        async ValueTask<int> LoadAsync(int key, CacheEntryContext context, Random random)
        {
            await PauseAsync(random);
            var version = Volatile.Read(ref committed[key]);
            await PauseAsync(random);
            context.AddTag($"told{key}");
            if (random.Next(30) == 0)
                context.Expiration = TimeSpan.FromMilliseconds(2);
            return version;
        }
    }

    private static async Task PauseAsync(Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                await Task.Delay(1);
                break;
            case 1:
                for (var i = random.Next(20); i > 0; i--)
                    await Task.Yield();
                break;
        }
    }
}
