using System.Text;
using Functions.Redis.Connections;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>
/// The caches of several processes on one keyspace, all of one implementation. Each has services and a connection of its own; the
/// connections of all implementations have the same options.
/// </summary>
internal sealed class ComparedCaches : IAsyncDisposable
{
    /// <summary>How long a test waits for what another instance must hear of.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    /// <summary>Asks for the first level, which ours has only on demand.</summary>
    public static readonly HybridCacheEntryOptions Local =
        new() { Expiration = TimeSpan.FromMinutes(5), LocalCacheExpiration = TimeSpan.FromMinutes(5) };

    /// <summary>Only Redis.</summary>
    public static readonly HybridCacheEntryOptions NotLocal = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private readonly List<ServiceProvider> _instances = [];
    private readonly IRedisServer _server;

    public ComparedCaches(CacheKind kind, IRedisServer server, int count, TimeSpan? defaultExpiration = null)
    {
        _server = server;
        Prefix = $"{Unique.Name("behaviour")}:";
        for (var i = 0; i < count; i++)
        {
            var services = new ServiceCollection().AddLogging();
            Add(services, kind, new RedisOptions { ConnectionString = server.ConnectionString }, Prefix, defaultExpiration ?? TimeSpan.FromMinutes(5));
            _instances.Add(services.BuildServiceProvider());
        }
    }

    public string Prefix { get; }

    public HybridCache this[int index] => _instances[index].GetRequiredService<HybridCache>();

    /// <summary>Returns when a read is answered without Redis.</summary>
    public async Task FirstLevelIsOnAsync(int index)
    {
        await TestPolling.EventuallyAsync(
            async () =>
            {
                var key = Unique.Name("probe");
                await this[index].GetAsync(key, "kept", options: Local);
                await ForgetInRedisAsync();
                return await this[index].GetAsync(key, "made", options: Local) == "kept";
            },
            TimeSpan.FromSeconds(10),
            "the first level");
        await ForgetInRedisAsync();
    }

    /// <summary>Returns when an instance finds the value in Redis. That it is written before its maker has returned is not promised.</summary>
    public Task EventuallyInRedisAsync<T>(int index, string key, T value) => TestPolling.EventuallyAsync(
        async () =>
        {
            var read = this[index].GetOrCreateAsync<T?>(
                key,
                _ => ValueTask.FromResult<T?>(default),
                new() { Flags = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCacheWrite });
            return EqualityComparer<T>.Default.Equals(value, await read);
        },
        Deadline,
        $"'{key}' in Redis");

    /// <summary>Disposes of an instance as <c>using</c> does.</summary>
    public void Dispose(int index) => _instances[index].Dispose();

    /// <summary>Changes the first of the bytes <paramref name="text"/> in every value that these caches have in Redis, behind their backs.</summary>
    public async Task<int> DamageInRedisAsync(string text)
    {
        await using var connection = await _server.ConnectAsync();
        var database = connection.GetDatabase();
        var damaged = 0;
        foreach (var key in await _server.FindKeysAsync(Prefix))
        {
            // The peers' common cache keeps a hash.
            var isHash = await database.KeyTypeAsync(key) == RedisType.Hash;
            var bytes = (byte[]?)(isHash ? await database.HashGetAsync(key, "data") : await database.StringGetAsync(key)) ?? [];
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) is >= 0 and var at)
            {
                bytes[at] ^= 1;
                await (isHash ? database.HashSetAsync(key, "data", bytes) : database.StringSetAsync(key, bytes, TimeSpan.FromMinutes(1)));
                damaged++;
            }
        }

        return damaged;
    }

    /// <summary>Deletes all that these caches have in Redis, behind their backs.</summary>
    public async Task ForgetInRedisAsync()
    {
        await using var connection = await _server.ConnectAsync();
        await connection.GetDatabase().KeyDeleteAsync([.. await _server.FindKeysAsync(Prefix)]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
            await instance.DisposeAsync();
    }

    private static void Add(IServiceCollection services, CacheKind kind, RedisOptions redis, string prefix, TimeSpan expiration)
    {
        if (kind == CacheKind.RedisHybridCache)
        {
            services.AddRedis(redis);
            services.AddRedisHybridCache().Configure(options =>
            {
                options.KeyPrefix = prefix;
                options.DefaultExpiration = expiration;
                options.LocalOutageExpiration = TimeSpan.FromMinutes(1); // For longer than a busy host takes to stop Redis.
            });
            return;
        }

        services.AddStackExchangeRedisCache(options =>
        {
            options.ConfigurationOptions = redis.ToConfigurationOptions();
            options.InstanceName = prefix;
        });
        if (kind == CacheKind.HybridCache)
        {
            services.AddHybridCache(options => options.DefaultEntryOptions = new() { Expiration = expiration });
            return;
        }

        services.AddFusionCache()
            .WithSerializer(new FusionJsonSerializer())
            .WithRegisteredDistributedCache()
            .WithDefaultEntryOptions(options => options.SetDuration(expiration))
            .AsHybridCache();
    }
}

/// <summary>Short forms of the abstraction's methods, for tests.</summary>
internal static class ComparedCacheExtensions
{
    extension(HybridCache cache)
    {
        /// <summary>Reads with a factory that makes <paramref name="value"/>.</summary>
        public Task<T> GetAsync<T>(string key, T value, string[]? tags = null, HybridCacheEntryOptions? options = null) =>
            cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value), options, tags).AsTask();

        /// <summary>Reads with a factory that is held.</summary>
        public Task<T> GetHeldAsync<T>(
            string key, SlowFactory<T> factory, string[]? tags = null, HybridCacheEntryOptions? options = null, CancellationToken cancellation = default) =>
            cache.GetOrCreateAsync(key, factory.CallAsync, options, tags, cancellation).AsTask();

        /// <summary>Reads what must be there.</summary>
        public Task<T> HitAsync<T>(string key, string[]? tags = null, HybridCacheEntryOptions? options = null) =>
            cache.GetOrCreateAsync<T>(
                key,
                _ =>
                {
                    Assert.Fail($"'{key}' is not cached.");
                    return default;
                },
                options,
                tags).AsTask();
    }
}
