#pragma warning disable xUnit1051 // What is printed for readers leaves out cancellation.

using System.Net;
using System.Reflection;
using System.Threading.RateLimiting;
using Functions.Http.Policies;
using Functions.Redis.Caching;
using Functions.Redis.Events;
using Functions.Redis.RateLimiting;
using Functions.Redis.Sessions;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Contract;

/// <summary>
/// The C# of the documentation, word for word, compiled and run. <see cref="CodeBlockTests"/> compares it with the documents: whoever changes one changes
/// the other.
/// </summary>
public sealed class DocumentedCodeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_cache()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var configuration = ConfigurationOf(server);
        var services = new ServiceCollection().AddLogging();
        var (id, loads) = (7, 0);
        async Task<string> UseAsync(HybridCache cache)
        {
            var product = await cache.GetOrCreateAsync(
                $"product:{id}",
                token => LoadAsync(id, token),
                new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) },
                tags: ["products", $"product:{id}"]);

            await cache.RemoveByTagAsync("products");   // "*" removes everything
            return product;
        }

        Register();
        await using var provider = services.BuildServiceProvider();
        var cache = provider.GetRequiredService<HybridCache>();

        Assert.Same(provider.GetRequiredService<RedisHybridCache>(), cache);
        Assert.Equal("product 7", await UseAsync(cache));
        Assert.Equal("product 7", await UseAsync(cache));
        Assert.Equal(2, loads); // The tag was removed in between.

        void Register()
        {
            services.AddRedis(configuration);      // or AddRedis(new RedisOptions { ConnectionString = "…" })
            services.AddRedisHybridCache();        // HybridCache and RedisHybridCache
        }

        ValueTask<string> LoadAsync(int number, CancellationToken cancellationToken)
        {
            loads++;
            return ValueTask.FromResult($"product {number}");
        }
    }

    [Fact]
    public async Task The_events()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var services = new ServiceCollection().AddLogging().AddRedis(ConfigurationOf(server));
        services.AddRedisEvents();
        await using var provider = services.BuildServiceProvider();
        var publisher = provider.GetRequiredService<EventPublisher>();
        await using var redis = await server.ConnectAsync();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await redis.GetSubscriber().SubscribeAsync(StackExchange.Redis.RedisChannel.Pattern("*"), (channel, _) => heard.Enqueue(channel!));

        await publisher.PublishToUserAsync(5, "order_shipped", new { order_id = 7 });   // channel user:5
        await publisher.BroadcastAsync("maintenance", new { at = "22:00" });            // channel broadcast
        await publisher.PublishAsync("orders", "order_shipped", new { order_id = 7 });  // any other channel

        await TestPolling.EventuallyAsync(() => Task.FromResult(new[] { "user:5", "broadcast", "orders" }.All(heard.Contains)), TimeSpan.FromSeconds(30), "all three events");
    }

    [Fact]
    public void The_limits_of_a_function()
    {
        var limits = typeof(Limited).GetMethod(nameof(Limited.Run))!.GetCustomAttributes<RateLimitAttribute>().ToDictionary(limit => limit.Policy);

        Assert.Equal((30, 60, RateLimitKey.Address), (limits["search"].Limit, limits["search"].WindowSeconds, limits["search"].Key));
        Assert.Equal(RateLimitKey.User, limits["messages"].Key);
        Assert.Equal(RateLimitAlgorithm.Concurrency, limits["export"].Algorithm);
        Assert.Equal((RateLimitKey.Header, "X-Api-Key", RateLimitAlgorithm.TokenBucket), (limits["partner"].Key, limits["partner"].Header, limits["partner"].Algorithm));
    }

    [Fact]
    public async Task The_limits_of_the_middleware()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var configuration = ConfigurationOf(server);
        var services = new ServiceCollection().AddLogging();
        Register();
        await using var provider = services.BuildServiceProvider();
        var limiter = provider.GetRequiredService<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };

        for (var i = 0; i < 100; i++)
        {
            using var lease = await limiter.AcquireAsync(http, 1, Cancellation);
            Assert.True(lease.IsAcquired);
        }

        using var rejected = await limiter.AcquireAsync(http, 1, Cancellation);
        Assert.False(rejected.IsAcquired);
        Assert.True(rejected.TryGetMetadata(MetadataName.RetryAfter, out _));

        void Register()
        {
            services.AddRedis(configuration);
            services.AddRedisRateLimits();
            services.AddRateLimiter(_ => { });
            services.AddOptions<RateLimiterOptions>().Configure<RateLimits>((options, limits) =>
                options.GlobalLimiter = limits.CreatePartitioned<HttpContext>(
                    new RateLimitPolicy("global", 100, TimeSpan.FromMinutes(1)),
                    http => $"a:{http.Connection.RemoteIpAddress}"));
        }
    }

    [Fact]
    public async Task The_data_of_a_session()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var services = new ServiceCollection().AddLogging().AddRedis(ConfigurationOf(server));
        services.AddRedisSessions();
        await using var provider = services.BuildServiceProvider();
        var sessions = provider.GetRequiredService<SessionStore>();
        var http = new DefaultHttpContext();
        http.Features.Set(Caller.Of((await sessions.CreateAsync("5", cancellationToken: Cancellation)).Session));

        Assert.Equal(["chair"], (await AddAsync(http.Request, "chair"))!.Data.Get<Cart>("cart")!.Items);

        async Task<Session?> AddAsync(HttpRequest request, string item)
        {
            var cart = request.Caller().Session.Data.Get<Cart>("cart");

            var session = await sessions.UpdateDataAsync(request.Caller().Session, data =>
                data.Set("cart", (data.Get<Cart>("cart") ?? new Cart()).With(item)));
            Assert.Null(cart); // What the caller had before.
            return session;
        }
    }

    [Fact]
    public async Task The_tasks()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddConfiguration(ConfigurationOf(server));
        var invoices = new SentInvoices();
        builder.Services.AddLogging().AddSingleton<IInvoices>(invoices);
        builder.Services.AddRedis(builder.Configuration);
        builder.Services.AddTaskWorker().BindConfiguration("Tasks");
        builder.Services.AddTaskHandler<InvoiceHandler, Invoice>("send_invoice");
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var invoice = new Invoice(12);

        await EnqueueAsync();
        await EnqueueAsync();
        await queue.EnqueueAsync("send_invoice", new Invoice(13), cancellationToken: Cancellation);

        await TestPolling.EventuallyAsync(() => Task.FromResult(invoices.Sent.Contains(13)), TimeSpan.FromSeconds(30), "the invoice that is not delayed");
        Assert.Equal(1, (await queue.CountAsync(Cancellation)).Delayed); // One key, one task.
        await host.StopAsync(Cancellation);

        async Task EnqueueAsync()
        {
            await queue.EnqueueAsync("send_invoice", invoice, new EnqueueOptions { Delay = TimeSpan.FromHours(1), IdempotencyKey = $"invoice {invoice.Id}" });
        }
    }

    private static IConfiguration ConfigurationOf(IRedisServer server) =>
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Redis"] = server.ConnectionString }).Build();

    private sealed class Limited
    {
        [RateLimit("search", limit: 30, windowSeconds: 60)]                                        // by address
        [RateLimit("messages", limit: 60, windowSeconds: 60, Key = RateLimitKey.User)]             // by user
        [RateLimit("export", limit: 2, windowSeconds: 30, Algorithm = RateLimitAlgorithm.Concurrency)]
        [RateLimit("partner", limit: 1000, windowSeconds: 60, Key = RateLimitKey.Header, Header = "X-Api-Key", Algorithm = RateLimitAlgorithm.TokenBucket)]
        public static void Run()
        {
        }
    }

    public sealed record Cart
    {
        public IReadOnlyList<string> Items { get; init; } = [];

        public Cart With(string item) => new() { Items = [.. Items, item] };
    }

    public sealed record Invoice(int Id);

    public interface IInvoices
    {
        Task SendOnceAsync(string key, Invoice invoice, CancellationToken cancellationToken);
    }

    public sealed class InvoiceHandler(IInvoices invoices) : ITaskHandler<Invoice>
    {
        public async Task<object?> HandleAsync(Invoice invoice, TaskContext context, CancellationToken cancellationToken)
        {
            await invoices.SendOnceAsync(context.IdempotencyKey, invoice, cancellationToken); // an attempt can be repeated
            return null;
        }
    }

    private sealed class SentInvoices : IInvoices
    {
        public System.Collections.Concurrent.ConcurrentQueue<int> Sent { get; } = [];

        public Task SendOnceAsync(string key, Invoice invoice, CancellationToken cancellationToken)
        {
            Sent.Enqueue(invoice.Id);
            return Task.CompletedTask;
        }
    }
}
