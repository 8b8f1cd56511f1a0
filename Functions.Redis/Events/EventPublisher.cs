using System.Diagnostics;
using System.Text.Json;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>Publishes events. One script numbers the event, appends it to the channel's history and sends it to whoever listens.</summary>
public sealed partial class EventPublisher(RedisConnection connection, EventOptions options, TimeProvider time, ILogger<EventPublisher> logger)
{
    private static readonly RedisScript Publish = RedisScript.Load("Events/publish.lua");

    private readonly RedisValue _historyAge = (long)options.HistoryAge.TotalMicroseconds;
    private readonly RedisValue _lifetime = (long)options.ChannelLifetime.TotalMilliseconds;
    private readonly RedisValue _sweepDelay = (long)options.SweepDelay.TotalMilliseconds;

    /// <summary>Publishes to a channel; returns the event's id.</summary>
    /// <param name="channel">1 to 200 letters, digits or <c>: _ . -</c>.</param>
    /// <param name="type">A lower-case name such as <c>new_message</c>.</param>
    /// <param name="data">Becomes JSON with names in <c>snake_case</c>; null becomes <c>null</c>.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    /// <exception cref="ArgumentException">The channel or the type cannot be called so, or the data is too large, or cannot be read again.</exception>
    public async Task<string> PublishAsync(string channel, string type, object? data, CancellationToken cancellationToken = default)
    {
        var json = data as JsonElement? ?? JsonSerializer.SerializeToElement(data, data?.GetType() ?? typeof(object), EventJson.Data);
        var id = OutgoingEvent.NewId();
        await PublishAsync(new OutgoingEvent(channel, id, type, json, time.GetUtcNow()) { Traceparent = Activity.Current?.Id }, cancellationToken);
        return id;
    }

    /// <summary>Publishes to one user; returns the event's id.</summary>
    public Task<string> PublishToUserAsync(int userId, string type, object? data, CancellationToken cancellationToken = default) =>
        PublishAsync(EventNames.User(userId), type, data, cancellationToken);

    /// <summary>Publishes to everybody; returns the event's id.</summary>
    public Task<string> BroadcastAsync(string type, object? data, CancellationToken cancellationToken = default) =>
        PublishAsync(EventNames.Broadcast, type, data, cancellationToken);

    /// <summary>Publishes an event that has an id already. Calls for one channel arrive in the order in which they are made.</summary>
    /// <exception cref="ArgumentException">The channel, the type or the id cannot be called so, or the data is too large, or cannot be read again.</exception>
    public async Task<PublishOutcome> PublishAsync(OutgoingEvent published, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(published);
        CheckShape(published);
        using var activity = EventMetrics.StartPublishing(published);
        var rest = Serialize(published, activity?.Id ?? published.Traceparent);
        var keys = new EventKeys(options.KeyPrefix, published.Channel);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await Publish.EvaluateAsync(
            database,
            [keys.Channel, keys.History, keys.Ids, keys.Deferred, keys.Pending],
            [
                published.Channel, published.Id, rest.AsMemory(1), options.HistoryEvents, _historyAge, options.MaximumHistoryEvents,
                options.MaximumUnhandledEvents, _lifetime, _sweepDelay, published.After ?? "",
            ]))!;
        if ((int)reply[2] is > 0 and var dropped)
        {
            LogDropped(published.Channel, dropped);
        }

        var outcome = (string?)reply[1] switch
        {
            "published" => PublishOutcome.Published,
            "pending" => PublishOutcome.Pending,
            "handled" => PublishOutcome.Handled,
            _ => PublishOutcome.PredecessorLost,
        };
        EventMetrics.Published(published.Type, outcome);
        return outcome;
    }

    /// <summary>Checks what <see cref="PublishAsync(OutgoingEvent, CancellationToken)"/> would refuse, for events that are published later.</summary>
    /// <exception cref="ArgumentException">The channel, the type or the id cannot be called so, or the data is too large, or cannot be read again.</exception>
    public void Validate(OutgoingEvent published)
    {
        ArgumentNullException.ThrowIfNull(published);
        CheckShape(published);
        Serialize(published, published.Traceparent);
    }

    private void CheckShape(OutgoingEvent published)
    {
        if (!EventNames.IsChannel(published.Channel))
        {
            throw new ArgumentException($"'{published.Channel}' is no name of a channel: 1 to 200 letters, digits or : _ . -", nameof(published));
        }

        if (!EventNames.IsType(published.Type))
        {
            throw new ArgumentException($"'{published.Type}' is no type of an event: a lower-case letter, then up to 63 lower-case letters, digits or _ . -", nameof(published));
        }

        // The script counts bytes: a letter with an accent, or one that JSON escapes, is more than one.
        if (published.Id is not { Length: OutgoingEvent.IdLength } || !published.Id.All(char.IsAsciiLetterOrDigit))
        {
            throw new ArgumentException($"An event's id has {OutgoingEvent.IdLength} letters or digits.", nameof(published));
        }

        if (System.Text.Encoding.UTF8.GetByteCount(published.Data.GetRawText()) is var bytes && bytes > options.MaximumDataBytes)
        {
            throw new ArgumentException($"An event's data may have {options.MaximumDataBytes} bytes, not {bytes}.", nameof(published));
        }
    }

    // Read again as whoever receives it will read it. What stood in a history and could not be read would stop everybody who handles or follows the channel.
    private static byte[] Serialize(OutgoingEvent published, string? traceparent)
    {
        try
        {
            var rest = JsonSerializer.SerializeToUtf8Bytes(
                new OutgoingEnvelope(published.Id, published.Type, published.Data, published.Timestamp, traceparent, published.Confirm), EventJson.Default.OutgoingEnvelope);
            if (EventEnvelope.TryParse("{\"sequence\":1,\"previous\":0," + System.Text.Encoding.UTF8.GetString(rest.AsSpan(1)), out _))
            {
                return rest;
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or JsonException)
        {
            throw Unreadable(exception);
        }

        throw Unreadable(null);

        static ArgumentException Unreadable(Exception? cause) => new(
            "An event's data cannot be written and read again: they are nested too deeply, or have half of a surrogate pair.", nameof(published), cause);
    }

    [LoggerMessage(1, LogLevel.Error, "Channel {Channel} has more unhandled events than are kept: {Count} were dropped.")]
    private partial void LogDropped(string channel, int count);
}
