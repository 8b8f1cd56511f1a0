using System.Globalization;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Caching;

/// <summary>
/// The channel on which instances tell each other what was removed (for the first level) and which leases have ended (for those who wait).
/// </summary>
/// <remarks>
/// Redis' publish/subscribe may lose messages when a connection breaks. Therefore every instance hears its own heartbeat; when the
/// connection fails, or no heartbeat has come for three intervals, removals count as missed until one comes that was sent after that. What
/// the first level may serve then, <see cref="LocalHearing"/> knows. Waiting for leases does not depend on messages.
/// </remarks>
internal sealed partial class CacheChannel(
    RedisConnection connection, CacheOptions options, LocalCache local, LeaseWaits waits, TimeProvider time, ILogger logger)
    : IAsyncDisposable, IDisposable
{
    /// <summary>What a message is about; the name of the key or tag follows.</summary>
    public const char KeyRemoved = 'k', KeySet = 's', TagRemoved = 't', LeaseEnded = 'l', Heartbeat = 'h';

    /// <summary>What the channel is called, behind the prefix of the keys.</summary>
    public const string Suffix = "channel";

    private const int TokenLength = 16;

    private readonly RedisChannel _name = RedisChannel.Literal(options.KeyPrefix + Suffix);
    private readonly string _instance = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _disposed = new(); // Not disposed: it has no timer, and the loop may ask for its token once more.
    private readonly Lock _lock = new();
    private IConnectionMultiplexer? _multiplexer;
    private Task? _listening;
    private int _interruptions;

    /// <summary>Begins to listen, once; the first caller that needs messages does so.</summary>
    public void Listen()
    {
        if (_listening is null)
        {
            lock (_lock)
            {
                _listening ??= Task.Run(ListenAsync);
            }
        }
    }

    /// <summary>The message that <paramref name="name"/> was removed or released.</summary>
    public static RedisValue Message(char kind, string name) => kind + name;

    /// <summary>The message that <paramref name="key"/> was set; the token tells the instance that did so that it has this value already.</summary>
    public static RedisValue SetMessage(string key, ulong token) => $"{KeySet}{token:x16}{key}";

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        if (_listening is not null)
        {
            await _listening;
        }
    }

    /// <summary>Stops without waiting for the loop, which may need the thread that would wait.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        lock (_lock)
        {
            local.Close(); // Nothing is heard of any more.
        }
    }

    private async Task ListenAsync()
    {
        await BeatAsync();

        // The connection may live longer.
        if (_multiplexer is { } multiplexer)
        {
            multiplexer.ConnectionFailed -= OnConnectionFailed;
            multiplexer.ConnectionRestored -= OnConnectionRestored;
            try
            {
                multiplexer.GetSubscriber().Unsubscribe(_name, OnMessage, CommandFlags.FireAndForget);
            }
            catch (ObjectDisposedException)
            {
                // It has not.
            }
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(options.HeartbeatInterval, time);
        var isSubscribed = false;
        do
        {
            try
            {
                if (_multiplexer is null)
                {
                    _multiplexer = await connection.GetMultiplexerAsync(_disposed.Token);
                    _multiplexer.ConnectionFailed += OnConnectionFailed;
                    _multiplexer.ConnectionRestored += OnConnectionRestored;
                }

                if (!isSubscribed)
                {
                    await (await connection.GetSubscriberAsync(_disposed.Token)).SubscribeAsync(_name, OnMessage);
                    isSubscribed = true;
                }

                // Not awaited for longer than an interval, so that a silent server is noticed in time.
                await new RedisBudget(options.HeartbeatInterval, time).SpendAsync(
                    _multiplexer.GetSubscriber().PublishAsync(_name, Message(Heartbeat, HeartbeatNow())), _disposed.Token);
            }
            catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
            {
                return;
            }
            catch (CacheTimeoutException)
            {
                // Whether it is missed is decided below.
            }
#pragma warning disable CA1031 // Whatever it is, there is no heartbeat; the loop must go on to look at that.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interrupt(exception.Message);
            }

            if (local.HasMissedHeartbeats)
            {
                Interrupt("no heartbeat");
            }
        }
        while (await NextTickAsync(timer));
    }

    private async Task<bool> NextTickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_disposed.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Receive(RedisValue message)
    {
        if ((string?)message is not [var kind, .. var name])
        {
            return;
        }

        switch (kind)
        {
            case KeyRemoved:
                local.RemoveKey(name);
                break;
            case KeySet when ulong.TryParse(name.AsSpan(0, Math.Min(TokenLength, name.Length)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var token):
                local.Replace(name[TokenLength..], token);
                break;
            case TagRemoved:
                local.RemoveTag(name);
                break;
            case LeaseEnded:
                waits.Wake(name);
                break;
            case Heartbeat:
                Hear(name);
                break;
        }
    }

    // Messages are handled in any order, so one from before an interruption may come to it after.
    private void Hear(string heartbeat)
    {
        var time = heartbeat.LastIndexOf(':');
        lock (_lock)
        {
            if (time >= 0 && !_disposed.IsCancellationRequested
                && heartbeat.AsSpan(0, time).SequenceEqual(HeartbeatOf(_interruptions))
                && long.TryParse(heartbeat.AsSpan(time + 1), CultureInfo.InvariantCulture, out var sent))
            {
                local.Hear(sent);
            }
        }
    }

    private void OnMessage(RedisChannel channel, RedisValue message) => Receive(message);

    private void OnConnectionFailed(object? sender, ConnectionFailedEventArgs failure) => Interrupt(failure.FailureType.ToString());

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs restored) => Interrupt("reconnected");

    private void Interrupt(string reason)
    {
        lock (_lock)
        {
            _interruptions++;
            if (local.Interrupt())
            {
                LogInterrupted(logger, local.OutageExpiration, reason);
            }
        }
    }

    private string HeartbeatNow()
    {
        // The time first: what was removed before it has been heard of when the message comes.
        var now = time.GetTimestamp();
        return string.Create(CultureInfo.InvariantCulture, $"{HeartbeatOf(Volatile.Read(ref _interruptions))}:{now}");
    }

    private string HeartbeatOf(int interruptions) => string.Create(CultureInfo.InvariantCulture, $"{_instance}:{interruptions}");

    [LoggerMessage(4, LogLevel.Warning, "Messages of removals do not arrive; until they do, the first level of the cache serves what it has for {Limit} at most: {Reason}")]
    private static partial void LogInterrupted(ILogger logger, TimeSpan limit, string reason);
}
