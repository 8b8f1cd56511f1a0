using System.Collections.Concurrent;
using Functions.Http.Policies;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.Events;

/// <summary>The open event streams of this process, and what has to be done for them from time to time.</summary>
public sealed partial class EventStreams(
    EventFanOut fanOut,
    PresenceEvents presence,
    SessionStore sessions,
    EventOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<EventStreams> logger) : BackgroundService
{
    private const int SessionsAtOnce = 500;
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShortestPresenceInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<EventStream, bool> _streams = new();

    /// <summary>How many are open.</summary>
    internal int Count => _streams.Count;

    internal async Task<EventStream> OpenAsync(HttpContext http, Caller caller, StreamPosition position)
    {
        try
        {
            // First, so that a new stream begins behind the event which says that its user has come.
            var count = await presence.OpenAsync(caller.UserId);
            var subscription = await fanOut.SubscribeAsync(
                [EventNames.Broadcast, EventNames.User(caller.UserId)], [position.Broadcast, position.User], http.RequestAborted);
            var stream = new EventStream(http, sessions, caller.Session.Id, caller.UserId, subscription, time);
            _streams[stream] = true;
            if (count > options.MaximumStreamsPerUser)
            {
                // The oldest are the likeliest to have nobody behind them; and a refusal would make a browser give up for good.
                foreach (var old in _streams.Keys.Where(open => open.UserId == caller.UserId).OrderBy(open => open.OpenedAt).SkipLast(options.MaximumStreamsPerUser))
                {
                    old.End(EventStream.TooMany);
                }
            }

            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                stream.End(EventStream.Shutdown);
            }

            return stream;
        }
        catch
        {
            presence.Close(caller.UserId);
            throw;
        }
    }

    internal void Close(EventStream stream)
    {
        _streams.TryRemove(stream, out _);
        stream.Dispose();
        presence.Close(stream.UserId);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Before the server waits for its requests to end.
        using var stopping = lifetime.ApplicationStopping.Register(EndAll);
        await Task.WhenAll(LookAfterEachAsync(stoppingToken), LookAfterUsersAsync(stoppingToken), LookAfterSessionsAsync(stoppingToken));
    }

    // On its own, as Redis may take its time for the rest.
    private async Task LookAfterEachAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.HeartbeatInterval / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryAsync(
                    _ =>
                    {
                        LookAfterEach();
                        return Task.CompletedTask;
                    },
                    stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private async Task LookAfterUsersAsync(CancellationToken stoppingToken)
    {
        // Users whose grace period is over are offline a fifth of it later at most.
        var grace = options.PresenceGrace / 5;
        using var timer = new PeriodicTimer(grace > ShortestPresenceInterval ? grace : ShortestPresenceInterval, time);
        var lastSync = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryAsync(presence.TickAsync, stoppingToken);
                if (time.GetElapsedTime(lastSync) >= SyncInterval)
                {
                    lastSync = time.GetTimestamp();
                    fanOut.Sync();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            using var timeout = new CancellationTokenSource(LeaveTimeout, time);
            await TryAsync(presence.LeaveAllAsync, timeout.Token);
        }
    }

    private void EndAll()
    {
        foreach (var stream in _streams.Keys)
        {
            stream.End(EventStream.Shutdown);
        }
    }

    private void LookAfterEach()
    {
        foreach (var stream in _streams.Keys)
        {
            if (stream.SendingFor > options.SendTimeout)
            {
                stream.Cut();
            }
            else if (time.GetElapsedTime(stream.OpenedAt) > options.StreamLifetime * (0.9 + (0.1 * stream.Jitter)))
            {
                stream.End(EventStream.Lifetime);
            }
            else if (stream.IdleFor >= options.HeartbeatInterval / 2)
            {
                stream.Heartbeat();
            }
        }
    }

    private async Task LookAfterSessionsAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SessionCheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryAsync(EndWithoutSessionAsync, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    // One small command per stream, many in one round trip.
    private async Task EndWithoutSessionAsync(CancellationToken cancellationToken)
    {
        foreach (var streams in _streams.Keys.Chunk(SessionsAtOnce))
        {
            var areOpen = await Task.WhenAll(streams.Select(stream => sessions.IsOpenAsync(stream.SessionId, cancellationToken)));
            foreach (var (stream, _) in streams.Zip(areOpen).Where(pair => !pair.Second))
            {
                stream.End(EventStream.SessionClosed);
            }
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogOutage(exception.Message);
        }
#pragma warning disable CA1031 // An exception that left this service would stop the process; the next round comes in some seconds.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Event streams cannot be looked after now, Redis cannot be reached: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(2, LogLevel.Error, "Event streams could not be looked after.")]
    private partial void LogFailed(Exception exception);
}
