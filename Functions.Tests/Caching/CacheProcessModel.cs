using Functions.Redis.Caching;
using StackExchange.Redis;

namespace Functions.Tests.Caching;

/// <summary>
/// What one of several processes does to a row per key, kept outside the cache: it raises the row's version, removes the entry by its key or by its tag,
/// and only then promises the version. No read that starts after a promise may return less.
/// </summary>
internal sealed class CacheProcessModel(RedisHybridCache cache, IDatabase database, string prefix)
{
    private const int Keys = 4;
    private const int Writers = 4;
    private const int Readers = 6;

    private const string RaiseScript = """
        if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
          redis.call('SET', KEYS[1], ARGV[1])
        end
        return 1
        """;

    private int _writing = Writers;
    private int _reads;
    private int _hits;
    private volatile string? _violation;

    /// <returns><c>ok reads hits</c>, or what was wrong.</returns>
    public async Task<string> RunAsync(int seed, int invalidations)
    {
        await Task.WhenAll([
            .. Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(new Random(seed + i), invalidations / Writers))),
            .. Enumerable.Range(0, Readers).Select(i => Task.Run(() => ReadAsync(new Random(seed - 1 - i)))),
        ]);
        return _violation ?? $"ok {_reads} {_hits}";
    }

    private async Task WriteAsync(Random random, int invalidations)
    {
        try
        {
            for (var i = 0; i < invalidations && _violation is null; i++)
            {
                var key = random.Next(Keys);
                var version = (long)await database.StringIncrementAsync(Row(key));
                await (i % 2 == 0 ? cache.RemoveAsync($"key{key}") : cache.RemoveByTagAsync($"tag{key}"));
                await database.ScriptEvaluateAsync(RaiseScript, [Promise(key)], [version]);
                await PauseAsync(random);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    private async Task ReadAsync(Random random)
    {
        while (Volatile.Read(ref _writing) > 0 && _violation is null)
        {
            var key = random.Next(Keys);
            var pause = random.Next();
            var atLeast = (long)await database.StringGetAsync(Promise(key));
            var read = await cache.ReadAsync($"key{key}", async (_, _) =>
            {
                await PauseAsync(new Random(pause));
                var version = (long)await database.StringGetAsync(Row(key));
                await PauseAsync(new Random(pause + 1));
                return version;
            }, [$"tag{key}"]);
            Interlocked.Increment(ref _reads);
            if (read.Outcome == CacheOutcome.Hit)
                Interlocked.Increment(ref _hits);
            if (read.Value < atLeast)
                _violation = $"process {Environment.ProcessId}, key {key}, {read.Outcome}: version {read.Value}, but {atLeast} had been promised.";
        }
    }

    private RedisKey Row(int key) => $"{prefix}row:{key}";

    private RedisKey Promise(int key) => $"{prefix}promise:{key}";

    private static async Task PauseAsync(Random random)
    {
        if (random.Next(4) == 0)
            await Task.Delay(1);
        else
            await Task.Yield();
    }
}
