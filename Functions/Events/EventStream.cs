using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http;

namespace Functions.Events;

/// <summary>One client's event stream. It has no timer and no buffer of its own: <see cref="EventStreams"/> looks after all of them.</summary>
internal sealed class EventStream(
    HttpContext http, SessionStore sessions, string sessionId, int userId, EventSubscription subscription, TimeProvider time) : IDisposable
{
    private const int Broadcast = 0, User = 1;
    private const int PageSize = 64;
    private const int FlushBytes = 64 * 1024;

    private readonly PipeWriter _writer = http.Response.BodyWriter;
    private CancellationTokenRegistration _clientGone;
    private volatile string? _end;
    private volatile bool _isHeartbeatDue;
    private long _sendingSince;
    private long _lastSent = time.GetTimestamp();

    /// <summary>Why a stream ends, for metrics.</summary>
    public const string Shutdown = "shutdown", Lifetime = "lifetime", SessionClosed = "session", ClientGone = "client", TooSlow = "slow", TooMany = "many";

    public string SessionId => sessionId;

    public int UserId => userId;

    /// <summary>When it was opened (a timestamp of the time provider).</summary>
    public long OpenedAt { get; } = time.GetTimestamp();

    /// <summary>Streams are checked at different times, and end at different times.</summary>
    public double Jitter { get; } = Random.Shared.NextDouble();

    /// <summary>For how long the client has not taken what was sent; zero if it has.</summary>
    public TimeSpan SendingFor => Volatile.Read(ref _sendingSince) is var since and > 0 ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>How long ago something was sent.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref _lastSent));

    /// <summary>Sends a comment, so that nobody in between takes the connection for dead.</summary>
    public void Heartbeat()
    {
        _isHeartbeatDue = true;
        subscription.Wake();
    }

    /// <summary>Ends the stream in an orderly way.</summary>
    public void End(string reason)
    {
        _end ??= reason;
        subscription.Wake();
    }

    /// <summary>Cuts the connection of a client that does not take what is sent.</summary>
    public void Cut()
    {
        End(TooSlow);
        http.Abort();
    }

    /// <summary>Sends events until the stream ends.</summary>
    public async Task RunAsync()
    {
        _clientGone = http.RequestAborted.UnsafeRegister(static self => ((EventStream)self!).End(ClientGone), this);
        try
        {
            Write($"retry: {RetryMilliseconds(1000)}\nid: {Position}\n: connected\n\n");
            await FlushAsync();
            await SendEventsAsync();
            if (_end != ClientGone)
            {
                // The client comes again, not at the same moment as all others.
                Write($"retry: {RetryMilliseconds(_end switch { TooSlow => 3000, TooMany => 30_000, _ => 500 })}\n\n");
                await FlushAsync();
            }
        }
        catch (Exception exception) when (http.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            End(ClientGone);
        }
    }

    public void Dispose()
    {
        _clientGone.Dispose();
        subscription.EndReason = _end ?? ClientGone;
        subscription.Dispose();
    }

    private string Position => string.Create(CultureInfo.InvariantCulture, $"{subscription.Positions[Broadcast]}-{subscription.Positions[User]}");

    private async Task SendEventsAsync()
    {
        while (_end is null)
        {
            if (!await TrySendAvailableAsync())
            {
                if (_isHeartbeatDue)
                {
                    _isHeartbeatDue = false;
                    Write(": \n\n");
                    await FlushAsync();
                }

                await subscription.WaitAsync();
            }
        }
    }

    // False also if Redis cannot be reached: the next heartbeat, or event, tries again, and the client keeps its connection meanwhile.
    private async ValueTask<bool> TrySendAvailableAsync()
    {
        try
        {
            return await SendAvailableAsync();
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            return false;
        }
    }

    // False if there was nothing to send.
    private async ValueTask<bool> SendAvailableAsync()
    {
        var buffer = EventBuffer.Rent();
        try
        {
            if (!await ReadAsync(Broadcast, buffer.Broadcast) || !await ReadAsync(User, buffer.User))
            {
                return true;
            }

            if (buffer.Broadcast.Count + buffer.User.Count == 0)
            {
                return false;
            }

            // Who closed the session, and then published, relies on its not being told. So it is looked at when the event is there.
            if (buffer.User.Count > 0 && !await sessions.IsOpenAsync(sessionId, http.RequestAborted))
            {
                End(SessionClosed);
                return true;
            }

            // Numbers are times: the two channels are merged by them.
            int i = 0, j = 0, unflushed = 0;
            while (i < buffer.Broadcast.Count || j < buffer.User.Count)
            {
                var isBroadcast = j == buffer.User.Count || (i < buffer.Broadcast.Count && buffer.Broadcast[i].Sequence <= buffer.User[j].Sequence);
                var next = isBroadcast ? buffer.Broadcast[i++] : buffer.User[j++];
                subscription.Advance(isBroadcast ? Broadcast : User, next.Sequence);
                WriteId();
                _writer.Write(next.Frame.Span);
                unflushed += next.Frame.Length;
                if (unflushed >= FlushBytes)
                {
                    unflushed = 0;
                    await FlushAsync();
                }
            }
        }
        finally
        {
            EventBuffer.Return(buffer);
        }

        await FlushAsync();
        return true;
    }

    // False if the stream has ended.
    private async ValueTask<bool> ReadAsync(int channel, List<StreamedEvent> events)
    {
        switch (await subscription.ReadAsync(channel, events, PageSize, http.RequestAborted))
        {
            case SubscriptionState.TooSlow:
                End(TooSlow);
                return false;

            case SubscriptionState.HistoryLost:
                var name = channel == Broadcast ? "broadcast" : "user";
                var now = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
                Write($"id: {Position}\nevent: reset\ndata: {{\"type\":\"reset\",\"data\":{{\"channel\":\"{name}\"}},\"timestamp\":\"{now}\"}}\n\n");
                return true;

            default:
                return true;
        }
    }

    private void WriteId()
    {
        var span = _writer.GetSpan(64);
        "id: "u8.CopyTo(span);
        var length = 4;
        subscription.Positions[Broadcast].TryFormat(span[length..], out var written, default, CultureInfo.InvariantCulture);
        length += written;
        span[length++] = (byte)'-';
        subscription.Positions[User].TryFormat(span[length..], out written, default, CultureInfo.InvariantCulture);
        length += written;
        span[length++] = (byte)'\n';
        _writer.Advance(length);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text.AsSpan(), _writer);

    private async ValueTask FlushAsync()
    {
        Volatile.Write(ref _sendingSince, time.GetTimestamp());
        await _writer.FlushAsync(http.RequestAborted);
        Volatile.Write(ref _sendingSince, 0);
        Volatile.Write(ref _lastSent, time.GetTimestamp());
        _isHeartbeatDue = false;
    }

    private static int RetryMilliseconds(int from) => from + Random.Shared.Next(from);
}
