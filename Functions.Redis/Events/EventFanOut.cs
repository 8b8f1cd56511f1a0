using System.Collections.Concurrent;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>Brings events to the clients of this process: one subscription to Redis, however many there are.</summary>
/// <remarks>
/// Messages may be lost. Every event names its predecessor: where that is not the one a feed has, the feed reads the history. Feeds are
/// also compared with the history when the connection comes back, and from time to time (<see cref="Sync"/>).
/// </remarks>
public sealed partial class EventFanOut : IAsyncDisposable, IDisposable
{
    private const int PageSize = 200;
    private const string UserPattern = "user:*";

    private readonly RedisConnection _connection;
    private readonly EventChannelStore _store;
    private readonly EventOptions _options;
    private readonly ILogger<EventFanOut> _logger;
    private readonly ConcurrentDictionary<string, EventFeed> _feeds = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposed = new(); // Not disposed: it has no timer, and what is under way asks for its token.
    private Task? _listening;

    internal EventFanOut(RedisConnection connection, EventChannelStore store, EventOptions options, ILogger<EventFanOut> logger) =>
        (_connection, _store, _options, _logger) = (connection, store, options, logger);

    /// <summary>Follows channels, each behind a position or from now on. The channels are <c>broadcast</c> and those of users.</summary>
    public async Task<EventSubscription> SubscribeAsync(
        IReadOnlyList<string> channels, IReadOnlyList<long?> positions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentNullException.ThrowIfNull(positions);
        await ListenAsync().WaitAsync(cancellationToken);

        var feeds = new EventFeed[channels.Count];
        var subscription = new EventSubscription(this, feeds);
        var opening = new List<EventFeed>();
        lock (_lock)
        {
            for (var i = 0; i < feeds.Length; i++)
            {
                if (!_feeds.TryGetValue(channels[i], out var feed))
                {
                    _feeds[channels[i]] = feed = new EventFeed(channels[i], _options.MaximumBacklog);
                    opening.Add(feed);
                }

                feeds[i] = feed;
                feed.Add(subscription);
            }
        }

        try
        {
            foreach (var feed in opening)
            {
                _ = OpenAsync(feed);
            }

            foreach (var feed in feeds)
            {
                await feed.Opened.Task.WaitAsync(cancellationToken);
            }

            subscription.StartAt(positions);
            return subscription;
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    /// <summary>Compares every feed with the history, and drops from memory what all clients have.</summary>
    public void Sync()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.Trim();
            RequestSync(feed);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(_disposed.CancelAsync());

    /// <inheritdoc/>
    public void Dispose() => _disposed.Cancel();

    internal Task<EventHistory> ReadAsync(string channel, long after, int limit, CancellationToken cancellationToken) =>
        _store.ReadAsync(channel, after, limit, cancellationToken);

    internal void Close(EventSubscription subscription, IEnumerable<EventFeed> feeds)
    {
        lock (_lock)
        {
            foreach (var feed in feeds)
            {
                if (feed is not null && feed.Remove(subscription))
                {
                    _feeds.TryRemove(KeyValuePair.Create(feed.Channel, feed));
                }
            }
        }
    }

    private Task ListenAsync()
    {
        lock (_lock)
        {
            if (_listening is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _listening = StartListeningAsync();
            }

            return _listening;
        }
    }

    private async Task StartListeningAsync()
    {
        var subscriber = await _connection.GetSubscriberAsync(_disposed.Token);
        var (broadcast, users) = (RedisChannel.Literal(EventNames.Broadcast), RedisChannel.Pattern(UserPattern));
        try
        {
            // Queues keep the order of messages.
            (await subscriber.SubscribeAsync(broadcast)).OnMessage(Receive);
            (await subscriber.SubscribeAsync(users)).OnMessage(Receive);
        }
        catch
        {
            // The next client tries again; without this its queues would stand beside those of now, which nobody may read.
            await subscriber.UnsubscribeAsync(broadcast, flags: CommandFlags.FireAndForget);
            await subscriber.UnsubscribeAsync(users, flags: CommandFlags.FireAndForget);
            throw;
        }

        subscriber.Multiplexer.ConnectionRestored += (_, _) => Sync();
    }

    private void Receive(ChannelMessage message)
    {
        if (_feeds.TryGetValue(message.Channel.ToString(), out var feed)
            && EventEnvelope.TryParse(message.Message, out var envelope)
            && !feed.TryAppend(envelope))
        {
            RequestSync(feed);
        }
    }

    private async Task OpenAsync(EventFeed feed)
    {
        try
        {
            var history = await _store.ReadAsync(feed.Channel, after: null, limit: 0, _disposed.Token);
            feed.StartAt(history.Head);
            feed.Opened.SetResult();
        }
#pragma warning disable CA1031 // Those who wait for the feed get it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            feed.Opened.SetException(exception);
            lock (_lock)
            {
                _feeds.TryRemove(KeyValuePair.Create(feed.Channel, feed));
            }

            return;
        }

        RequestSync(feed); // What came while the head was read.
    }

    private void RequestSync(EventFeed feed)
    {
        if (feed.RequestSync())
        {
            _ = Task.Run(() => SyncAsync(feed));
        }
    }

    private async Task SyncAsync(EventFeed feed)
    {
        int seen;
        do
        {
            seen = feed.SyncRequests;
            try
            {
                await feed.Opened.Task;
                await CatchUpAsync(feed);
            }
#pragma warning disable CA1031 // The next message, the connection coming back, or the next comparison makes up for it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogSyncFailed(feed.Channel, exception.Message);
            }
        }
        while (!feed.EndSync(seen));
    }

    private async Task CatchUpAsync(EventFeed feed)
    {
        EventHistory history;
        do
        {
            var (head, starts) = (feed.Head, feed.Starts);
            history = await _store.ReadAsync(feed.Channel, head, PageSize, _disposed.Token);
            if (history.Head < head)
            {
                feed.LeadBack(head, starts, history.Head);
                RequestSync(feed); // What came meanwhile. This goes round once more.
                return;
            }

            if (history.From > head)
            {
                feed.StartAt(history.From);
            }

            if (history.Events.Count > _options.MaximumBacklog / 2 && history.Head > feed.Head)
            {
                feed.StartAt(history.Head); // Too much to have every client hear at once: each reads the history at its own pace.
                continue;
            }

            foreach (var envelope in history.Events)
            {
                // A message may have brought it, or later ones, in the meantime.
                feed.TryAppend(envelope with { Previous = Math.Min(envelope.Previous, feed.Head) });
            }
        }
        while (history.Events.Count == PageSize);
    }

    [LoggerMessage(1, LogLevel.Warning, "Missed events on {Channel} could not be read, and are later: {Reason}")]
    private partial void LogSyncFailed(string channel, string reason);
}
