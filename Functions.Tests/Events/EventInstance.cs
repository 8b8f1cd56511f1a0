using System.Collections.Concurrent;
using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Tests.Events;

/// <summary>One instance of an application that handles events: it listens to one channel, as a pub/sub trigger does.</summary>
internal sealed class EventInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ChannelMessageQueue? _messages;

    private EventInstance(ServiceProvider services, ChannelMessageQueue? messages) => (_services, _messages) = (services, messages);

    public EventPublisher Publisher => _services.GetRequiredService<EventPublisher>();

    public EventWorker Worker => _services.GetRequiredService<EventWorker>();

    public EventFanOut FanOut => _services.GetRequiredService<EventFanOut>();

    public EventChannelStore Store => _services.GetRequiredService<EventChannelStore>();

    public Presence Presence => _services.GetRequiredService<Presence>();

    public LogRecorder Log => _services.GetRequiredService<LogRecorder>();

    public static Task<EventInstance> StartAsync(
        IRedisServer server, string prefix, string? listensTo = null, Action<EventOptions>? configure = null, params IEnumerable<(string Type, TestHandler Handler)> handlers) =>
        StartAsync(server, prefix, listensTo, configure, confirmation: null, TimeProvider.System, handlers);

    public static async Task<EventInstance> StartAsync(
        IRedisServer server,
        string prefix,
        string? listensTo,
        Action<EventOptions>? configure,
        IEventConfirmation? confirmation,
        TimeProvider time,
        params IEnumerable<(string Type, TestHandler Handler)> handlers)
    {
        var log = new LogRecorder();
        var services = new ServiceCollection().AddSingleton(time).AddSingleton(log).AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        services.AddRedis(new RedisOptions { ConnectionString = server.ConnectionString });
        services.AddRedisEvents().Configure(options =>
        {
            options.KeyPrefix = prefix;
            options.SweepDelay = TimeSpan.Zero;
            options.RetryDelay = TimeSpan.FromMilliseconds(50);
            configure?.Invoke(options);
        });
        foreach (var (type, handler) in handlers)
        {
            services.AddSingleton(EventHandlerRegistration.Of(type, handler));
        }

        if (confirmation is not null)
        {
            services.AddSingleton(confirmation);
        }

        var provider = services.BuildServiceProvider();
        ChannelMessageQueue? messages = null;
        if (listensTo is not null)
        {
            var subscriber = await provider.GetRequiredService<RedisConnection>().GetSubscriberAsync();
            messages = await subscriber.SubscribeAsync(RedisChannel.Literal(listensTo));
            var worker = provider.GetRequiredService<EventWorker>();
            messages.OnMessage(message => { _ = worker.ReceiveAsync(message.Channel!, message.Message!, CancellationToken.None); });
        }

        return new EventInstance(provider, messages);
    }

    public async ValueTask DisposeAsync()
    {
        if (_messages is not null)
        {
            await _messages.UnsubscribeAsync();
        }

        await _services.DisposeAsync();
    }
}

/// <summary>Notes what it handles, and does what a test tells it.</summary>
internal sealed class TestHandler(Func<ReceivedEvent<JsonElement>, Task>? handle = null) : IEventHandler<JsonElement>
{
    private readonly ConcurrentQueue<ReceivedEvent<JsonElement>> _handled = new();

    public IReadOnlyCollection<int> Handled => [.. _handled.Select(received => received.Data.GetInt32())];

    public async Task HandleAsync(ReceivedEvent<JsonElement> received, CancellationToken cancellationToken)
    {
        if (handle is not null)
        {
            await handle(received);
        }

        _handled.Enqueue(received);
    }
}
