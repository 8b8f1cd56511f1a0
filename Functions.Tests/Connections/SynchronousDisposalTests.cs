using System.Net;
using System.Net.Sockets;
using Functions.Redis.Backoff;
using Functions.Redis.Caching;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Idempotency;
using Functions.Redis.RateLimiting;
using Functions.Redis.Sessions;
using Functions.Redis.Tasks;
using Functions.Tests.Caching;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

/// <summary>Containers are disposed synchronously, too: by <c>using</c>, by tests, by hosts that know no other way.</summary>
public sealed class SynchronousDisposalTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Whatever_can_be_disposed_can_be_disposed_synchronously()
    {
        var onlyAsynchronously = typeof(RedisConnection).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(IAsyncDisposable)) && !type.IsAssignableTo(typeof(IDisposable)));

        Assert.Empty(onlyAsynchronously);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_container_with_every_building_block_in_use_is_disposed_synchronously(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        var database = await UseAsync(server, provider => provider.Dispose());

        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.PingAsync());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Also_by_the_one_thread_that_what_is_under_way_would_come_back_to(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        IDatabase? database = null;

        await SingleThread.RunAsync(async () => database = await UseAsync(server, provider => provider.Dispose())).WaitAsync(Deadline, Cancellation);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => database!.PingAsync());
    }

    [Fact]
    public async Task Values_that_are_on_their_way_to_Redis_arrive()
    {
        var server = await servers.GetAsync(RedisKind.Single);
        await using var caches = new TestCaches(server);
        for (var i = 0; i < 20; i++)
        {
            using var provider = Services(server, caches.Prefix).BuildServiceProvider();
            var cache = provider.GetRequiredService<RedisHybridCache>();
            await cache.GetOrCreateAsync($"{i}", _ => ValueTask.FromResult("made"), cancellationToken: Cancellation);
        }

        for (var i = 0; i < 20; i++)
        {
            await TestPolling.EventuallyAsync(
                async () => (await caches[0].TryGetAsync<string>($"{i}", cancellationToken: Cancellation)).Found, Deadline, $"value {i}");
        }
    }

    [Fact]
    public async Task A_cache_that_is_disposed_and_whose_connection_lives_on_hears_and_keeps_nothing()
    {
        var server = await servers.GetAsync(RedisKind.Single);
        await using var caches = new TestCaches(server, 2);
        var local = new RedisCacheEntryOptions { LocalExpiration = TimeSpan.FromMinutes(1) };
        await caches[0].ReadAsync("key", "old", options: local);
        await caches[0].KeepsAsync("key", local);
        await using var observer = await server.ConnectAsync();
        var channel = RedisChannel.Literal($"{caches.Prefix}channel");
        Assert.Equal(1, await SubscribersAsync());

        caches[0].Dispose();

        await TestPolling.EventuallyAsync(async () => await SubscribersAsync() == 0, Deadline, "the subscription to end");
        await caches[1].SetAsync("key", "new", cancellationToken: Cancellation);
        Assert.Equal("new", (await caches[0].ReadAsync("key", "none", options: local)).Value);

        async Task<long> SubscribersAsync() => await observer.GetServers()[0].SubscriptionSubscriberCountAsync(channel);
    }

    [Fact]
    public async Task A_connection_that_is_being_made_is_closed_when_it_has_been()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepted = listener.AcceptTcpClientAsync(Cancellation).AsTask();
        var connection = TestConnections.Create($"{listener.LocalEndpoint},connectTimeout=500,connectRetry=1");
        var connecting = connection.GetDatabaseAsync(Cancellation).AsTask();
        using var client = await accepted.WaitAsync(Deadline, Cancellation);

        connection.Dispose();

        await TestPolling.EventuallyAsync(
            async () => await Record.ExceptionAsync(async () => await (await connection.GetMultiplexerAsync(Cancellation)).GetDatabase().PingAsync()) is ObjectDisposedException,
            Deadline,
            "the connection to be closed");
        await Record.ExceptionAsync(() => connecting); // However it has ended.
    }

    private static IServiceCollection Services(IRedisServer server, string prefix)
    {
        var services = new ServiceCollection().AddLogging().AddRedis(new RedisOptions { ConnectionString = server.ConnectionString });
        services.AddRedisHybridCache().Configure(options => options.KeyPrefix = prefix);
        services.AddRedisRateLimits();
        services.AddRedisEvents().Configure(options => options.KeyPrefix = prefix);
        services.AddRedisSessions();
        services.AddLoginBackoff();
        services.AddTriggeredTaskWorker();
        return services.AddSingleton<IdempotencyStore>();
    }

    // Uses every part, with work under way that comes back to the caller's thread, and disposes of all on that thread.
    private static async Task<IDatabase> UseAsync(IRedisServer server, Action<ServiceProvider> dispose)
    {
        var user = Random.Shared.Next(1_000_000, int.MaxValue);
        var name = Unique.Name("disposed");
        var provider = Services(server, $"{name}:").BuildServiceProvider();
        var database = await provider.GetRequiredService<RedisConnection>().GetDatabaseAsync(Cancellation);
        var cache = provider.GetRequiredService<RedisHybridCache>();
        var factory = new SlowFactory<string>("late");
        await cache.ReadAsync("local", "value", ["tag"], new() { LocalExpiration = TimeSpan.FromMinutes(1) });
        var slow = cache.ReadAsync("slow", factory.RunAsync);
        await factory.Started;
        var subscription = await provider.GetRequiredService<EventFanOut>().SubscribeAsync([EventNames.User(user)], [null], Cancellation);
        await provider.GetRequiredService<EventPublisher>().PublishToUserAsync(user, "counted", 1, Cancellation);
        await provider.GetRequiredService<Presence>().ArriveAsync(user, Cancellation);
        _ = provider.GetRequiredService<EventWorker>();
        var limits = provider.GetRequiredService<RateLimits>();
        await limits.AcquireAsync(new RateLimitPolicy(name, 3, TimeSpan.FromMinutes(1)), "caller", Cancellation);
        using var limiter = limits.CreateLimiter(new RateLimitPolicy(name, 3, TimeSpan.FromMinutes(1), Algorithm: RateLimitAlgorithm.Concurrency), "caller");
        var permit = await limiter.AcquireAsync(1, Cancellation);
        await provider.GetRequiredService<SessionStore>().CreateAsync(name, cancellationToken: Cancellation);
        await provider.GetRequiredService<LoginBackoff>().AttemptAsync(name, name, Cancellation);
        await provider.GetRequiredService<IdempotencyStore>().BeginAsync(name, [new byte[32]], Cancellation);
        await provider.GetRequiredService<TaskQueue>().CountAsync(Cancellation);
        _ = provider.GetRequiredService<TaskWorker>();

        // Sent, and not waited for.
        var unanswered = new List<Task>();
        for (var i = 0; i < 10; i++)
        {
            unanswered.Add(cache.ReadAsync($"unanswered{i}", i));
            unanswered.Add(limits.AcquireAsync(new RateLimitPolicy(name, 3, TimeSpan.FromMinutes(1)), "other", Cancellation));
        }

        dispose(provider);
        dispose(provider);

        factory.Release();
        Assert.NotNull(permit);
        Assert.NotNull(subscription);
        _ = Task.WhenAll([slow, .. unanswered]).ContinueWith(all => all.Exception, TaskScheduler.Default);
        return database;
    }
}
