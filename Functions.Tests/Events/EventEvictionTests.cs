using System.Text.Json;
using Functions.Redis.Events;
using Functions.Tests.Servers;

namespace Functions.Tests.Events;

/// <summary>A server that is short of memory may evict any key: what is published again is handled all the same.</summary>
public sealed class EventEvictionTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _prefix = $"{Unique.Name("events")}:";
    private readonly string _channel = Unique.Name("channel");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("channel"), InlineData("history"), InlineData("ids"), InlineData("pending"), InlineData("channel, pending"), InlineData("history, ids")]
    public async Task An_event_of_which_keys_were_evicted_is_handled_when_it_is_published_again(string evicted)
    {
        foreach (var between in new[] { "nothing", "an event", "a reader", "a sweep" })
        {
            var prefix = $"{_prefix}{between}:";
            var handler = new TestHandler();
            var server = await servers.GetAsync(RedisKind.Garnet);
            await using var instance = await EventInstance.StartAsync(server, prefix, handlers: ("counted", handler));
            var published = Event(1);
            await instance.Publisher.PublishAsync(published, Token);

            await EvictAsync(server, new EventKeys(prefix, _channel), evicted);
            await (between switch
            {
                "an event" => instance.Publisher.PublishAsync(_channel, "counted", 2, Token),
                "a reader" => instance.Store.ReadAsync(_channel, null, 0, Token),
                "a sweep" => instance.Worker.SweepAsync(Token),
                _ => Task.CompletedTask,
            });
            var outcome = await instance.Publisher.PublishAsync(published, Token);

            Assert.True(outcome != PublishOutcome.Handled || handler.Handled.Contains(1), $"It is lost after {between}.");
            await SweepUntilAsync(instance, () => handler.Handled.Contains(1));
            await SweepUntilAsync(instance, async () => await instance.Publisher.PublishAsync(published, Token) == PublishOutcome.Handled);
        }
    }

    [Fact]
    public async Task A_deferred_event_is_handled_even_if_the_list_of_deferred_ones_was_evicted()
    {
        var handler = new TestHandler(received => received.Attempt == 1 ? throw new InvalidOperationException("Once.") : Task.CompletedTask);
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var instance = await EventInstance.StartAsync(server, _prefix, handlers: ("counted", handler));
        var published = Event(1);
        await instance.Publisher.PublishAsync(published, Token);
        await instance.Worker.SweepAsync(Token);

        await EvictAsync(server, new EventKeys(_prefix, _channel), "deferred, pending");

        Assert.Equal(PublishOutcome.Pending, await instance.Publisher.PublishAsync(published, Token));
        await SweepUntilAsync(instance, () => handler.Handled.Count == 1);
    }

    [Fact]
    public async Task A_reader_is_told_that_the_history_was_evicted()
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var instance = await EventInstance.StartAsync(server, _prefix);
        var start = (await instance.Store.ReadAsync(_channel, null, 0, Token)).Head;
        await instance.Publisher.PublishAsync(Event(1), Token);

        await EvictAsync(server, new EventKeys(_prefix, _channel), "history");
        await instance.Publisher.PublishAsync(Event(2), Token);

        Assert.True((await instance.Store.ReadAsync(_channel, start, 10, Token)).From > start);
    }

    private OutgoingEvent Event(int data) =>
        new(_channel, OutgoingEvent.NewId(), "counted", JsonSerializer.SerializeToElement(data), DateTimeOffset.UtcNow);

    private static async Task EvictAsync(IRedisServer server, EventKeys keys, string evicted)
    {
        await using var redis = await server.ConnectAsync();
        foreach (var name in evicted.Split(", "))
        {
            var key = name switch
            {
                "channel" => keys.Channel,
                "history" => keys.History,
                "ids" => keys.Ids,
                "deferred" => keys.Deferred,
                _ => keys.Pending,
            };
            Assert.True(await redis.GetDatabase().KeyDeleteAsync(key));
        }
    }

    private static Task SweepUntilAsync(EventInstance instance, Func<bool> condition) => SweepUntilAsync(instance, () => Task.FromResult(condition()));

    private static Task SweepUntilAsync(EventInstance instance, Func<Task<bool>> condition) => TestPolling.EventuallyAsync(
        async () =>
        {
            await instance.Worker.SweepAsync(Token);
            return await condition();
        },
        Deadline,
        "the sweeps to do their work");
}
