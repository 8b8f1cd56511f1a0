using Functions.Redis.Caching;
using Functions.Redis.Connections;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.Caching;

/// <summary>The caches of several instances of the application, each with a connection of its own, on one keyspace that no other test uses.</summary>
internal sealed class TestCaches : IAsyncDisposable
{
    private readonly List<RedisConnection> _connections = [];
    private readonly List<RedisHybridCache> _caches = [];

    public TestCaches(IRedisServer server, int count = 1, Action<CacheOptions>? configure = null, ILogger<RedisHybridCache>? logger = null)
        : this(Enumerable.Repeat(server.ConnectionString, count), configure, logger)
    {
    }

    /// <param name="connectionStrings">How each instance reaches the one server: some through a proxy.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="logger">The log of all instances.</param>
    public TestCaches(IEnumerable<string> connectionStrings, Action<CacheOptions>? configure = null, ILogger<RedisHybridCache>? logger = null)
    {
        var options = new CacheOptions { KeyPrefix = $"{Unique.Name("cache")}:", PollingInterval = TimeSpan.FromMilliseconds(5) };
        configure?.Invoke(options);
        Prefix = options.KeyPrefix;
        var services = new ServiceCollection().BuildServiceProvider();
        foreach (var connectionString in connectionStrings)
        {
            var connection = TestConnections.Create(connectionString);
            _connections.Add(connection);
            _caches.Add(new(connection, options, services, TimeProvider.System, logger ?? NullLogger<RedisHybridCache>.Instance));
        }
    }

    public string Prefix { get; }

    public RedisHybridCache this[int index] => _caches[index];

    public RedisConnection Connection(int index = 0) => _connections[index];

    /// <summary>Returns when Redis has what the instances have made: nobody waits for that, but those who look for it past the instance that made it.</summary>
    public Task StoredAsync() => TestPolling.EventuallyAsync(
        () => Task.FromResult(_caches.TrueForAll(cache => cache.Stores.IsEmpty)), TimeSpan.FromSeconds(10), "everything to be stored");

    /// <summary>Takes a third of its time from the lease of <paramref name="key"/>, and returns when the holder has given it back.</summary>
    public async Task RenewedAsync(string key)
    {
        var database = await _connections[0].GetDatabaseAsync();
        var lease = $"{Prefix}{{{key}}}:lease";
        var rest = _caches[0].Options.LeaseDuration * 2 / 3;
        Assert.True(await database.KeyExpireAsync(lease, rest), $"Nobody has the lease of {key}.");
        await TestPolling.EventuallyAsync(
            async () => await database.KeyTimeToLiveAsync(lease) > rest, TimeSpan.FromSeconds(10), $"the lease of {key} to be renewed");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cache in _caches)
            await cache.DisposeAsync();
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }
}

/// <summary>Short forms of the cache's methods, for tests.</summary>
internal static class TestCacheExtensions
{
    extension(RedisHybridCache cache)
    {
        public Task<CacheEntry<T>> ReadAsync<T>(
            string key,
            Func<CacheEntryContext, CancellationToken, ValueTask<T>> factory,
            string[]? tags = null,
            RedisCacheEntryOptions? options = null) =>
            cache.ReadAsync(key, factory, CancellationToken.None, tags, options);

        public Task<CacheEntry<T>> ReadAsync<T>(
            string key,
            Func<CacheEntryContext, CancellationToken, ValueTask<T>> factory,
            CancellationToken cancellation,
            string[]? tags = null,
            RedisCacheEntryOptions? options = null) =>
            cache.GetOrCreateEntryAsync(
                key, factory, static (make, context, cancellation) => make(context, cancellation), options, tags, cancellation).AsTask();

        /// <summary>Reads with a factory that makes <paramref name="value"/>.</summary>
        public Task<CacheEntry<T>> ReadAsync<T>(string key, T value, string[]? tags = null, RedisCacheEntryOptions? options = null) =>
            cache.ReadAsync(key, (_, _) => ValueTask.FromResult(value), tags, options);

        /// <summary>A lease as a reader would ask for it.</summary>
        public CacheLease Lease(string key, ulong token, ulong fingerprint = 0) => new(key, cache.Store.LeaseKeys(key), token, fingerprint);

        /// <summary>Returns when so many readers share the one run that is under way.</summary>
        public Task SharedByAsync<T>(int readers) => TestPolling.EventuallyAsync(
            () => Task.FromResult(cache.Leases.All.OfType<CacheLease<T>>().Any(lease => lease.Flight.Callers == readers)),
            TimeSpan.FromSeconds(10),
            $"{readers} readers to share a run");

        /// <summary>What is in the cache; the outcome is a miss if there is nothing.</summary>
        public Task<CacheEntry<T>> PeekAsync<T>(string key, RedisCacheEntryOptions? options = null) =>
            cache.ReadAsync<T>(key, default(T)!, options: (options ?? new()) with { Flags = HybridCacheEntryFlags.DisableUnderlyingData });

        /// <summary>Returns when the first level hears of removals. Whoever asks for it begins to listen.</summary>
        public Task HearsAsync() => TestPolling.EventuallyAsync(
            () => Task.FromResult(cache.HearsOfRemovals), TimeSpan.FromSeconds(20), "messages of removals");

        /// <summary>Returns when the first level serves the text of <paramref name="key"/>: the same instance twice.</summary>
        public Task KeepsAsync(string key, RedisCacheEntryOptions options) => TestPolling.EventuallyAsync(
            async () => (await cache.PeekAsync<string>(key, options)).Value is { } value
                && ReferenceEquals(value, (await cache.PeekAsync<string>(key, options)).Value),
            TimeSpan.FromSeconds(10),
            $"{key} to be kept in the process");
    }
}

/// <summary>A factory that stops when it has begun, until the test lets it go on.</summary>
internal sealed class SlowFactory<T>(T value, Action<CacheEntryContext>? tell = null)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    public int Calls => _calls;

    public CancellationToken Token { get; private set; }

    public Task Started => _started.Task.WaitAsync(TimeSpan.FromSeconds(10));

    public void Release() => _released.TrySetResult();

    public void Fail(Exception exception) => _released.TrySetException(exception);

    /// <summary>For who has no context.</summary>
    public ValueTask<T> CallAsync(CancellationToken cancellation) => RunAsync(new CacheEntryContext(), cancellation);

    public async ValueTask<T> RunAsync(CacheEntryContext context, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _calls);
        Token = cancellation;
        _started.TrySetResult();
        await _released.Task.WaitAsync(cancellation);
        tell?.Invoke(context);
        return value;
    }
}
