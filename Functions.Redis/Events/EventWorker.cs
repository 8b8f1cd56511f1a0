using System.Collections.Concurrent;
using System.Text.Json;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Events;

/// <summary>Handles events: each once over all instances, those of a type on a channel in order.</summary>
/// <remarks>
/// A message is a doorbell, never the event itself:
/// <list type="number">
/// <item>A message, or a sweep, names a channel.</item>
/// <item>The channel is claimed: one instance has it, until its lease ends.</item>
/// <item>Its events behind the handled position are handled one after the other; after each the position moves on and the lease is renewed.</item>
/// <item>An event that fails is put aside until its retry is due; later ones of its type on the channel wait behind it, others do not. One that
/// has failed too often is parked, one whose data cannot be read at once. One without a handler is for streams only, and done.</item>
/// <item>The channel is given back, unless events have come meanwhile.</item>
/// </list>
/// So a message that is lost, or came while nobody listened, costs the time until the next sweep and nothing else.
/// </remarks>
public sealed partial class EventWorker : IDisposable
{
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromMinutes(1);
    private const int MaximumParkedText = 4096;

    private readonly EventChannelStore _store;
    private readonly Dictionary<string, EventHandlerRegistration> _handlers;
    private readonly IEventConfirmation? _confirmation;
    private readonly EventOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<EventWorker> _logger;
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<string, bool> _draining = new(StringComparer.Ordinal);
    private readonly string _instance = Guid.NewGuid().ToString("N");
    private long _claims;

    internal EventWorker(
        EventChannelStore store,
        IEnumerable<EventHandlerRegistration> handlers,
        IEventConfirmation? confirmation,
        EventOptions options,
        TimeProvider time,
        ILogger<EventWorker> logger)
    {
        (_store, _confirmation, _options, _time, _logger) = (store, confirmation, options, time, logger);
        _handlers = new(StringComparer.Ordinal);
        foreach (var handler in handlers)
        {
            if (!_handlers.TryAdd(handler.Type, handler))
            {
                throw new InvalidOperationException($"Two handlers are registered for events of type '{handler.Type}'.");
            }
        }

        _slots = new SemaphoreSlim(options.MaximumConcurrency);
    }

    /// <summary>Handles what is new on a channel, because a message came on it. A message that is no event is parked.</summary>
    public async Task ReceiveAsync(string channel, string message, CancellationToken cancellationToken)
    {
        try
        {
            if (!EventEnvelope.TryParse(message, out _))
            {
                EventMetrics.Malformed();
                if (await _store.ParkAsync(channel, ParkedText(channel, "not an event", message), cancellationToken))
                {
                    LogMalformed(channel, Cut(message, 200));
                }

                return;
            }

            await HandleAsync(channel, cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogOutage(channel, exception.Message);
        }
    }

    /// <summary>Looks after channels whose events nobody has handled in time; returns how many there were.</summary>
    /// <remarks>What fails, such as the partitions on a node that is away, holds up nothing else; then the first failure is thrown.</remarks>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll((await _store.SweepAsync(cancellationToken)).Select(async partition =>
        {
            var channels = await partition;
            await Task.WhenAll(channels.Select(channel => HandleAsync(channel, cancellationToken)));
            return channels.Length;
        }));
        return counts.Sum();
    }

    /// <summary>Whether a handler is registered for events of a type, or they are declared as streamed.</summary>
    public bool Handles(string type) => _handlers.ContainsKey(type);

    /// <summary>
    /// What the handler of a type cannot read of data, by the path of the value (<c>data.order_id</c>); empty if it can read them, or if the type
    /// has no handler and its events are only streamed.
    /// </summary>
    public IReadOnlyDictionary<string, string> FaultsOf(string type, JsonElement data)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _handlers.TryGetValue(type, out var handler) ? handler.FaultsOf(data) : new Dictionary<string, string>();
    }

    /// <summary>Whether the handler of a type takes events for one user only.</summary>
    public bool IsForUsers(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _handlers.TryGetValue(type, out var handler) && handler.IsForUsers;
    }

    /// <summary>How many events were parked, and are still kept.</summary>
    public Task<long> CountParkedAsync(CancellationToken cancellationToken) => _store.CountParkedAsync(cancellationToken);

    /// <summary>Handles what there is on a channel, unless another instance does.</summary>
    public async Task HandleAsync(string channel, CancellationToken cancellationToken)
    {
        // One at a time in this process; whoever comes meanwhile makes it go round once more.
        if (_draining.AddOrUpdate(channel, false, (_, _) => true))
        {
            return;
        }

        var isDone = false;
        try
        {
            do
            {
                if (!await _slots.WaitAsync(_options.DrainTime, cancellationToken))
                {
                    return; // A sweep finds the channel again.
                }

                try
                {
                    _draining[channel] = false;
                    if (!await DrainAsync(channel, cancellationToken))
                    {
                        return;
                    }
                }
                finally
                {
                    _slots.Release();
                }
            }
            while (!(isDone = _draining.TryRemove(KeyValuePair.Create(channel, false))));
        }
        finally
        {
            if (!isDone)
            {
                _draining.TryRemove(channel, out _);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    // False if its time was over: a sweep goes on. So nobody who waits for one channel waits without end.
    private async Task<bool> DrainAsync(string channel, CancellationToken cancellationToken)
    {
        var token = $"{_instance}:{Interlocked.Increment(ref _claims)}";
        using var timeout = new CancellationTokenSource(_options.DrainTime, _time);
        try
        {
            while (await _store.ClaimAsync(channel, token, cancellationToken) is { } claim)
            {
                var isOurs = await HandleAsync(new Round(channel, token, timeout.Token), claim, cancellationToken);
                if (!isOurs || !await _store.ReleaseAsync(channel, token, evenIfMore: cancellationToken.IsCancellationRequested || timeout.IsCancellationRequested))
                {
                    break;
                }
            }
        }
        catch
        {
            await GiveBackAsync(channel, token);
            throw;
        }

        return !timeout.IsCancellationRequested;
    }

    private async Task GiveBackAsync(string channel, string token)
    {
        try
        {
            await _store.ReleaseAsync(channel, token, evenIfMore: true);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogOutage(channel, exception.Message); // The lease ends by itself.
        }
    }

    // False if the channel is no longer ours.
    private async Task<bool> HandleAsync(Round round, EventClaim claim, CancellationToken cancellationToken)
    {
        foreach (var deferred in claim.Deferred)
        {
            var type = deferred.Envelope.Type;
            if (round.Waits.ContainsKey(type))
            {
                continue;
            }

            if (deferred.Wait > TimeSpan.Zero)
            {
                round.Waits[type] = deferred.Wait;
            }
            else if (cancellationToken.IsCancellationRequested || round.TimeIsOver.IsCancellationRequested)
            {
                return true;
            }
            else if (!await HandleAsync(round, deferred.Envelope, deferred.Attempts, cancellationToken))
            {
                return false;
            }
        }

        foreach (var envelope in claim.Behind)
        {
            if (cancellationToken.IsCancellationRequested || round.TimeIsOver.IsCancellationRequested)
            {
                return true;
            }

            var isOurs = round.Waits.TryGetValue(envelope.Type, out var wait)
                ? await _store.DeferAsync(round.Channel, round.Token, envelope.Sequence, attempts: 0, wait)
                : await HandleAsync(round, envelope, attempts: 0, cancellationToken);
            if (!isOurs)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> HandleAsync(Round round, EventEnvelope envelope, int attempts, CancellationToken cancellationToken)
    {
        var failure = await TryHandleAsync(round.Channel, envelope, attempts + 1, cancellationToken);
        if (failure is null)
        {
            return await _store.SettleAsync(round.Channel, round.Token, envelope.Sequence, envelope.Id);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return true; // The process ends: nobody's fault, and the event is still to be handled.
        }

        var isOutage = _options.IsOutage(failure);
        var failed = isOutage ? attempts : attempts + 1;
        if (failed >= _options.MaximumAttempts || failure is UnreadableEventException)
        {
            return await ParkAsync(round, envelope, failure, cancellationToken);
        }

        var delay = RetryDelay(isOutage ? attempts + 1 : failed);
        round.Waits[envelope.Type] = delay;
        if (isOutage && failure is TimeoutException)
        {
            LogSlow(failure.Message, envelope.Type, envelope.Id, round.Channel);
        }

        LogFailed(failure.Message, envelope.Type, envelope.Id, round.Channel, attempts + 1, delay.TotalSeconds);
        return await _store.DeferAsync(round.Channel, round.Token, envelope.Sequence, failed, delay);
    }

    private async Task<Exception?> TryHandleAsync(string channel, EventEnvelope envelope, int attempt, CancellationToken cancellationToken)
    {
        using var activity = EventMetrics.StartHandling(channel, envelope);
        using var timeout = new CancellationTokenSource(_options.HandlerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var started = _time.GetTimestamp();
        if (attempt == 1)
        {
            EventMetrics.Started(envelope.Type, _time.GetUtcNow() - envelope.Timestamp);
        }

        Exception? failure = null;
        try
        {
            if (_handlers.TryGetValue(envelope.Type, out var handler))
            {
                await handler.HandleAsync(channel, envelope, attempt, either.Token).WaitAsync(either.Token);
            }
            else if (envelope.Confirm)
            {
                // It belongs to a change that somebody wants handled: an instance of a newer version knows how.
                throw new UnknownEventTypeException(envelope.Type);
            }

            if (envelope.Confirm && _confirmation is not null)
            {
                await _confirmation.ConfirmAsync(envelope, either.Token).WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            failure = new TimeoutException($"The handler took longer than {_options.HandlerTimeout.TotalSeconds:0.#} s.", exception);
        }
#pragma warning disable CA1031 // Whatever a handler throws, its event is retried and in the end parked with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        activity?.SetStatus(failure is null ? System.Diagnostics.ActivityStatusCode.Ok : System.Diagnostics.ActivityStatusCode.Error, failure?.Message);
        EventMetrics.Handled(envelope.Type, failure is null ? "handled" : "failed", _time.GetElapsedTime(started));
        return failure;
    }

    private async Task<bool> ParkAsync(Round round, EventEnvelope envelope, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            if (envelope.Confirm && _confirmation is not null)
            {
                using var timeout = new CancellationTokenSource(_options.HandlerTimeout, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                await _confirmation.ParkAsync(envelope, either.Token).WaitAsync(either.Token);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the event is not parked without being noted: that is tried again, and holds up only its type.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return true;
            }

            var delay = RetryDelay(_options.MaximumAttempts);
            round.Waits[envelope.Type] = delay;
            LogNotParked(exception, envelope.Type, envelope.Id, round.Channel);
            return await _store.DeferAsync(round.Channel, round.Token, envelope.Sequence, _options.MaximumAttempts - 1, delay);
        }

        var isOurs = await _store.SettleAsync(
            round.Channel, round.Token, envelope.Sequence, envelope.Id, ParkedText(round.Channel, $"{failure.GetType().Name}: {failure.Message}", JsonSerializer.Serialize(envelope, EventJson.Default.EventEnvelope)));
        if (isOurs)
        {
            EventMetrics.Parked(envelope.Type);
            LogParked(failure, envelope.Type, envelope.Id, round.Channel);
        }

        return isOurs;
    }

    private TimeSpan RetryDelay(int failed)
    {
        var doubled = _options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failed - 1, 20));
        return TimeSpan.FromMilliseconds(Math.Min(doubled, LongestRetryDelay.TotalMilliseconds) * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }

    private static string ParkedText(string channel, string reason, string message) => $"{channel}\n{Cut(reason, 500)}\n{Cut(message, MaximumParkedText)}";

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    [LoggerMessage(1, LogLevel.Debug, "Event {Type} {Id} on {Channel} failed at attempt {Attempt} and is tried again in {Delay:0.#} s: {Reason}")]
    private partial void LogFailed(string reason, string type, string id, string channel, int attempt, double delay);

    [LoggerMessage(2, LogLevel.Error, "Event {Type} {Id} on {Channel} could not be handled and is parked.")]
    private partial void LogParked(Exception exception, string type, string id, string channel);

    [LoggerMessage(3, LogLevel.Error, "A message on {Channel} is no event and is parked: {Message}")]
    private partial void LogMalformed(string channel, string message);

    [LoggerMessage(4, LogLevel.Warning, "Events on {Channel} are handled later, Redis cannot be reached: {Reason}")]
    private partial void LogOutage(string channel, string reason);

    [LoggerMessage(5, LogLevel.Warning, "Event {Type} {Id} on {Channel} is tried again: {Reason}")]
    private partial void LogSlow(string reason, string type, string id, string channel);

    [LoggerMessage(6, LogLevel.Warning, "Event {Type} {Id} on {Channel} cannot be parked now.")]
    private partial void LogNotParked(Exception exception, string type, string id, string channel);

    private sealed record Round(string Channel, string Token, CancellationToken TimeIsOver)
    {
        /// <summary>Types whose events have to wait, and how long.</summary>
        public Dictionary<string, TimeSpan> Waits { get; } = new(StringComparer.Ordinal);
    }
}
