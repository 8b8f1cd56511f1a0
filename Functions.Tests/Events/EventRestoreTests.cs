using System.Text.Json;
using Functions.Redis.Events;
using Functions.Tests.Servers;

namespace Functions.Tests.Events;

/// <summary>Streams that are open while Redis is restored to an earlier state, on a machine whose clock is behind.</summary>
public sealed class EventRestoreTests(RedisServers servers)
{
    private const long Hour = 3_600_000_000; // In microseconds.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _prefix = $"{Unique.Name("events")}:";
    private readonly string _channel = EventNames.User(Random.Shared.Next(1_000_000, int.MaxValue));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task An_open_stream_is_led_back_and_hears_what_follows(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var instance = await EventInstance.StartAsync(server, _prefix);
        await using var redis = await server.ConnectAsync();
        var database = redis.GetDatabase();
        var keys = new EventKeys(_prefix, _channel);

        // Numbers are times: the clock of the server that is lost was an hour ahead.
        var head = (await instance.Store.ReadAsync(_channel, null, 0, Token)).Head;
        await database.HashSetAsync(keys.Channel, [new("head", head + Hour), new("handled", head + Hour)]);
        using var subscription = await instance.FanOut.SubscribeAsync([_channel], [null], Token);
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);
        Assert.Equal((SubscriptionState.Continuous, 1), await NextAsync(subscription));

        await database.KeyDeleteAsync(keys.History);
        await database.HashSetAsync(keys.Channel, [new("head", head), new("floor", head), new("handled", head)]);
        instance.FanOut.Sync(); // As when the connection comes back, and every half a minute.

        Assert.Equal((SubscriptionState.HistoryLost, null), await NextAsync(subscription));
        await instance.Publisher.PublishAsync(_channel, "counted", 2, Token);
        Assert.Equal((SubscriptionState.Continuous, 2), await NextAsync(subscription));
        Assert.InRange(subscription.Positions[0], head, head + Hour - 1);
    }

    // The next event, or that events are lost.
    private static async Task<(SubscriptionState State, int? Number)> NextAsync(EventSubscription subscription)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Deadline);
        var events = new List<StreamedEvent>();
        while (true)
        {
            var state = await subscription.ReadAsync(0, events, 10, deadline.Token);
            if (events.Count > 0)
            {
                var streamed = Assert.Single(events);
                subscription.Advance(0, streamed.Sequence);
                var data = streamed.Frame.Span[(streamed.Frame.Span.IndexOf("data: "u8) + 6)..];
                return (state, JsonElement.Parse(data).GetProperty("data").GetInt32());
            }

            if (state != SubscriptionState.Continuous)
            {
                return (state, null);
            }

            await subscription.WaitAsync().AsTask().WaitAsync(deadline.Token);
        }
    }
}
