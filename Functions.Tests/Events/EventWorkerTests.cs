using System.Diagnostics;
using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Functions.Tests.Events;

/// <summary>Events are handled once, in order, and none is forgotten.</summary>
public sealed class EventWorkerTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _prefix = $"{Unique.Name("events")}:";
    private readonly string _channel = Unique.Name("channel");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Of_several_instances_one_handles_each_event_and_the_order_is_kept(RedisKind kind)
    {
        var handler = new TestHandler();
        await using var first = await StartAsync(kind, ("counted", handler));
        await using var second = await StartAsync(kind, ("counted", handler));
        await using var third = await StartAsync(kind, ("counted", handler));

        for (var i = 0; i < 300; i++)
        {
            await first.Publisher.PublishAsync(_channel, "counted", i, Token);
        }

        await TestPolling.EventuallyAsync(() => Task.FromResult(handler.Handled.Count >= 300), Deadline, "300 events to be handled");
        await IsQuietAsync(first);
        Assert.Equal(Enumerable.Range(0, 300), handler.Handled);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task What_nobody_heard_is_handled_by_a_sweep(RedisKind kind)
    {
        var handler = new TestHandler();
        await using var deaf = await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix, handlers: ("counted", handler));
        for (var i = 0; i < 120; i++)
        {
            await deaf.Publisher.PublishAsync(_channel, "counted", i, Token);
        }

        Assert.Empty(handler.Handled);
        Assert.Equal(1, await deaf.Worker.SweepAsync(Token));

        Assert.Equal(Enumerable.Range(0, 120), handler.Handled);
        await IsQuietAsync(deaf);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_event_published_twice_is_one_event(RedisKind kind)
    {
        var handler = new TestHandler();
        await using var instance = await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix, handlers: ("counted", handler));
        var published = Event("counted", 1);

        Assert.Equal(PublishOutcome.Published, await instance.Publisher.PublishAsync(published, Token));
        Assert.Equal(PublishOutcome.Pending, await instance.Publisher.PublishAsync(published, Token));
        await instance.Worker.SweepAsync(Token);
        Assert.Equal(PublishOutcome.Handled, await instance.Publisher.PublishAsync(published, Token));
        await instance.Worker.HandleAsync(_channel, Token);

        Assert.Equal([1], handler.Handled);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Behind_an_event_that_the_server_has_lost_nothing_is_published(RedisKind kind)
    {
        await using var instance = await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix);
        var lost = Event("counted", 1);

        Assert.Equal(PublishOutcome.PredecessorLost, await instance.Publisher.PublishAsync(Event("counted", 2) with { After = lost.Id }, Token));
        Assert.Equal(PublishOutcome.Published, await instance.Publisher.PublishAsync(lost, Token));
        Assert.Equal(PublishOutcome.Published, await instance.Publisher.PublishAsync(Event("counted", 3) with { After = lost.Id }, Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_handler_that_fails_sometimes_handles_every_event_in_order(RedisKind kind)
    {
        var failures = 0;
        var handler = new TestHandler(received => received.Data.GetInt32() % 7 == 0 && received.Attempt < 3
            ? throw new InvalidOperationException($"Failure {Interlocked.Increment(ref failures)}")
            : Task.CompletedTask);
        await using var instance = await StartAsync(kind, ("counted", handler));
        for (var i = 0; i < 20; i++)
        {
            await instance.Publisher.PublishAsync(_channel, "counted", i, Token);
        }

        await SweepUntilAsync(instance, () => handler.Handled.Count >= 20);

        Assert.Equal(Enumerable.Range(0, 20), handler.Handled);
        Assert.Equal(6, failures);
        Assert.Equal(0, await instance.Worker.CountParkedAsync(Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Poison_is_parked_logged_once_and_blocks_nothing_else(RedisKind kind)
    {
        var handler = new TestHandler();
        var poison = new TestHandler(_ => throw new InvalidOperationException("Always."));
        await using var instance = await StartAsync(kind, ("counted", handler), ("poison", poison));
        await using var beside = await StartAsync(kind, ("counted", handler), ("poison", poison));

        await instance.Publisher.PublishAsync(_channel, "poison", 0, Token);
        await instance.Publisher.PublishAsync(_channel, "for_streams_only", 0, Token);
        await instance.Publisher.PublishAsync(
            new OutgoingEvent(_channel, OutgoingEvent.NewId(), "nobody_knows", JsonElement.Parse("0"), DateTimeOffset.UtcNow) { Confirm = true }, Token);
        await (await Database(instance, kind)).PublishAsync(RedisChannel.Literal(_channel), "{\"type\":\"no envelope\"}");
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);

        await TestPolling.EventuallyAsync(() => Task.FromResult(handler.Handled.Count == 1), Deadline, "the good event to be handled");
        await SweepUntilAsync(instance, async () => await instance.Worker.CountParkedAsync(Token) == 3);
        await IsQuietAsync(instance);
        var errors = instance.Log.Entries.Concat(beside.Log.Entries).Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Text).ToList();
        Assert.Equal(3, errors.Count);
        Assert.Single(errors, text => text.Contains("poison", StringComparison.Ordinal) && text.Contains("Always.", StringComparison.Ordinal));
        Assert.Single(errors, text => text.Contains("nobody_knows", StringComparison.Ordinal));
        Assert.Single(errors, text => text.Contains("is no event", StringComparison.Ordinal));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task What_fails_because_a_server_is_away_is_tried_until_it_is_back(RedisKind kind)
    {
        var attempts = 0;
        var handler = new TestHandler(_ => Interlocked.Increment(ref attempts) <= 12 ? throw new TimeoutException("Away.") : Task.CompletedTask);
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null,
            options => (options.IsOutage, options.RetryDelay, options.MaximumAttempts) = (exception => exception is TimeoutException, TimeSpan.FromMilliseconds(10), 2),
            ("counted", handler));
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);

        await SweepUntilAsync(instance, () => handler.Handled.Count == 1);

        Assert.Equal(0, await instance.Worker.CountParkedAsync(Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_channel_whose_worker_died_is_taken_over_when_its_lease_ends(RedisKind kind)
    {
        var handler = new TestHandler();
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => (options.LeaseDuration, options.HandlerTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(900)), ("counted", handler));
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);
        Assert.NotNull(await instance.Store.ClaimAsync(_channel, "a worker that dies", Token));

        await instance.Worker.HandleAsync(_channel, Token);
        Assert.Empty(handler.Handled);
        await SweepUntilAsync(instance, () => handler.Handled.Count == 1);

        Assert.False(await instance.Store.SettleAsync(_channel, "a worker that dies", 1, OutgoingEvent.NewId()));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_new_event_does_not_wait_for_the_retry_of_another(RedisKind kind)
    {
        var poison = new TestHandler(_ => throw new InvalidOperationException("Always."));
        var handler = new TestHandler();
        await using var deaf = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => options.RetryDelay = TimeSpan.FromMinutes(1), ("poison", poison), ("counted", handler));
        await deaf.Publisher.PublishAsync(_channel, "poison", 0, Token);
        await deaf.Worker.SweepAsync(Token);

        await deaf.Publisher.PublishAsync(_channel, "counted", 1, Token);

        Assert.Equal(1, await deaf.Worker.SweepAsync(Token));
        Assert.Equal([1], handler.Handled);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_sweep_ends_although_a_channel_has_more_to_handle_and_the_next_one_goes_on(RedisKind kind)
    {
        var time = new FakeTimeProvider();
        var handler = new TestHandler(_ =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return Task.CompletedTask;
        });
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => options.DrainTime = TimeSpan.FromSeconds(10), confirmation: null, time, ("counted", handler));
        for (var i = 0; i < 20; i++)
        {
            await instance.Publisher.PublishAsync(_channel, "counted", i, Token);
        }

        await instance.Worker.SweepAsync(Token);
        Assert.Equal(4, handler.Handled.Count); // The fourth ends after 12 seconds.
        await SweepUntilAsync(instance, () => handler.Handled.Count == 20);

        Assert.Equal(Enumerable.Range(0, 20), handler.Handled);
    }

    [Fact]
    public async Task A_partition_that_cannot_be_read_holds_up_no_other()
    {
        var handler = new TestHandler();
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var instance = await EventInstance.StartAsync(server, _prefix, handlers: ("counted", handler));
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);
        await using var redis = await server.ConnectAsync();
        var broken = (EventKeys.PartitionOf(_channel) + 1) % EventKeys.Partitions;
        await redis.GetDatabase().StringSetAsync(EventKeys.PendingOf(_prefix, broken), "no sorted set");

        await Assert.ThrowsAnyAsync<RedisException>(() => instance.Worker.SweepAsync(Token));

        Assert.Equal([1], handler.Handled);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_confirmation_that_fails_holds_up_nothing_else_and_is_tried_again(RedisKind kind)
    {
        var handler = new TestHandler();
        var confirmation = new FailingConfirmation();
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => options.MaximumAttempts = 2, confirmation, TimeProvider.System, ("confirmed", handler), ("counted", handler));
        await instance.Publisher.PublishAsync(Event("confirmed", 1) with { Confirm = true }, Token);
        await instance.Publisher.PublishAsync(_channel, "counted", 2, Token);

        await SweepUntilAsync(instance, () => handler.Handled.Contains(2) && confirmation.ParkingAttempts >= 2);
        Assert.Equal(0, await instance.Worker.CountParkedAsync(Token));
        confirmation.Recover();

        await SweepUntilAsync(instance, () => confirmation.IsConfirmed);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_parked_event_that_is_published_again_is_tried_again(RedisKind kind)
    {
        var fails = true;
        var handler = new TestHandler(_ => fails ? throw new InvalidOperationException("Not yet.") : Task.CompletedTask);
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => options.MaximumAttempts = 1, ("counted", handler));
        var published = Event("counted", 1);
        await instance.Publisher.PublishAsync(published, Token);
        await instance.Worker.SweepAsync(Token);
        Assert.Equal(1, await instance.Worker.CountParkedAsync(Token));

        fails = false;
        Assert.Equal(PublishOutcome.Published, await instance.Publisher.PublishAsync(published, Token));
        await instance.Worker.SweepAsync(Token);

        Assert.Equal([1], handler.Handled);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_handler_that_hangs_is_given_up(RedisKind kind)
    {
        var handler = new TestHandler(received => received.Attempt == 1 ? Task.Delay(Timeout.Infinite) : Task.CompletedTask);
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => options.HandlerTimeout = TimeSpan.FromMilliseconds(200), ("counted", handler));
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);

        await SweepUntilAsync(instance, () => handler.Handled.Count == 1);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_history_keeps_what_it_promises_and_what_is_not_handled(RedisKind kind)
    {
        var handler = new TestHandler();
        await using var instance = await EventInstance.StartAsync(
            await servers.GetAsync(kind), _prefix, null, options => (options.HistoryEvents, options.HistoryAge) = (100, TimeSpan.Zero), ("counted", handler));
        for (var i = 0; i < 150; i++)
        {
            await instance.Publisher.PublishAsync(_channel, "counted", i, Token);
        }

        Assert.Equal(150, (await instance.Store.ReadAsync(_channel, 0, 1000, Token)).Events.Count);
        await instance.Worker.SweepAsync(Token);
        await instance.Publisher.PublishAsync(_channel, "counted", 150, Token);
        await instance.Publisher.PublishAsync(_channel, "counted", 151, Token);
        await instance.Publisher.PublishAsync(_channel, "counted", 152, Token);
        var history = await instance.Store.ReadAsync(_channel, 0, 1000, Token);

        Assert.Equal(Enumerable.Range(53, 100), history.Events.Select(envelope => envelope.Data.GetInt32()));
        Assert.True(history.From > 0, "What has left the history is told.");
        Assert.All(history.Events.Zip(history.Events.Skip(1)), pair => Assert.Equal(pair.First.Sequence, pair.Second.Previous));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Numbers_grow_even_when_the_server_has_lost_everything(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var instance = await EventInstance.StartAsync(server, _prefix);
        await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);
        var before = (await instance.Store.ReadAsync(_channel, null, 0, Token)).Head;

        await server.FlushAsync();
        await instance.Publisher.PublishAsync(_channel, "counted", 2, Token);
        var history = await instance.Store.ReadAsync(_channel, before, 10, Token);

        Assert.True(history.Head > before);
        Assert.True(history.From > before, "The reader is told that events may be missing.");
        Assert.Equal([2], history.Events.Select(envelope => envelope.Data.GetInt32()));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Every_key_has_a_time_to_live(RedisKind kind)
    {
        var poison = new TestHandler(_ => throw new InvalidOperationException("Always."));
        await using var instance = await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix, null, null, ("poison", poison));
        await instance.Publisher.PublishAsync(_channel, "poison", 1, Token);
        await instance.Worker.SweepAsync(Token);
        await instance.Presence.ArriveAsync(7, Token);
        await instance.Presence.SetOnlineAsync(7, DateTimeOffset.UtcNow, Token);

        var server = await servers.GetAsync(kind);
        var keys = await server.FindKeysAsync(_prefix);

        await using var redis = await server.ConnectAsync();
        Assert.True(keys.Count >= 8, string.Join(' ', keys));
        foreach (var key in keys)
        {
            Assert.True(await redis.GetDatabase().KeyTimeToLiveAsync(key) is not null, $"{key} has no time to live.");
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_span_of_a_handler_is_a_child_of_the_one_that_published(RedisKind kind)
    {
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Functions.Redis",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var handler = new TestHandler();
        await using var instance = await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix, handlers: ("counted", handler));

        var id = await instance.Publisher.PublishAsync(_channel, "counted", 1, Token);
        await instance.Worker.SweepAsync(Token);

        var mine = spans.Where(span => (string?)span.GetTagItem("messaging.message.id") == id).ToList();
        var published = Assert.Single(mine, span => span.Kind == ActivityKind.Producer);
        var handled = Assert.Single(mine, span => span.Kind == ActivityKind.Consumer);
        Assert.Equal((published.TraceId, published.SpanId), (handled.TraceId, handled.ParentSpanId));
    }

    [Fact]
    public async Task What_cannot_be_an_event_is_refused()
    {
        await using var instance = await EventInstance.StartAsync(await servers.GetAsync(RedisKind.Garnet), _prefix);

        await Assert.ThrowsAsync<ArgumentException>(() => instance.Publisher.PublishAsync("has space", "type", 1, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => instance.Publisher.PublishAsync("channel", "Type", 1, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => instance.Publisher.PublishAsync("channel", "type", new string('x', 70_000), Token));
        await Assert.ThrowsAsync<ArgumentException>(
            () => instance.Publisher.PublishAsync(Event("type", 1) with { Id = new string('é', OutgoingEvent.IdLength) }, Token));

        // In its envelope it would be one level deeper than can be read: whoever handles or follows the channel would stop there.
        await Assert.ThrowsAsync<ArgumentException>(
            () => instance.Publisher.PublishAsync(_channel, "type", JsonElement.Parse(new string('[', 64) + new string(']', 64)), Token));
        await instance.Publisher.PublishAsync(_channel, "type", JsonElement.Parse(new string('[', 63) + new string(']', 63)), Token);
        Assert.Single((await instance.Store.ReadAsync(_channel, 1, 10, Token)).Events);
    }

    private async Task<EventInstance> StartAsync(RedisKind kind, params IEnumerable<(string, TestHandler)> handlers) =>
        await EventInstance.StartAsync(await servers.GetAsync(kind), _prefix, _channel, null, handlers);

    private OutgoingEvent Event(string type, int data) =>
        new(_channel, OutgoingEvent.NewId(), type, JsonSerializer.SerializeToElement(data), DateTimeOffset.UtcNow);

    private async Task<IDatabase> Database(EventInstance instance, RedisKind kind)
    {
        _ = instance;
        var connection = (await servers.GetAsync(kind)).CreateConnection();
        return await connection.GetDatabaseAsync(Token);
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

    private sealed class FailingConfirmation : IEventConfirmation
    {
        private volatile bool _fails = true;
        private volatile int _parkingAttempts;

        public int ParkingAttempts => _parkingAttempts;

        public bool IsConfirmed { get; private set; }

        public void Recover() => _fails = false;

        public Task ConfirmAsync(EventEnvelope settled, CancellationToken cancellationToken)
        {
            ThrowIfFailing();
            IsConfirmed = true;
            return Task.CompletedTask;
        }

        public Task ParkAsync(EventEnvelope parked, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _parkingAttempts);
            ThrowIfFailing();
            return Task.CompletedTask;
        }

        private void ThrowIfFailing()
        {
            if (_fails)
            {
                throw new InvalidOperationException("The confirmation fails.");
            }
        }
    }

    /// <summary>Nothing is pending any more.</summary>
    private static Task IsQuietAsync(EventInstance instance) => TestPolling.EventuallyAsync(
        async () => await instance.Worker.SweepAsync(Token) == 0, Deadline, "nothing to be left to sweep");
}
