using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>
/// Asks the servers once a second whether they answer. One that is frozen, or behind a network that drops everything, looks connected for
/// many seconds; without a pulse every caller would wait for the whole command timeout.
/// </summary>
/// <remarks>
/// A circuit breaker whose trials no caller pays for: it opens when all connected masters have left a ping unanswered for the command timeout,
/// and closes with the first answer. That a server is not connected is no matter of the pulse: commands fail at once then.
/// </remarks>
internal sealed class RedisPulse : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly Action<bool> _changed;
    private readonly CancellationTokenSource _stopping = new(); // Not disposed: it has no timer, and the loop may ask for its token once more.
    private readonly Task _beating;
    private volatile bool _isBeating = true;

    /// <summary>Starts to ask.</summary>
    /// <param name="multiplexer">Whose servers are asked.</param>
    /// <param name="changed">Told the new state when it changes.</param>
    public RedisPulse(IConnectionMultiplexer multiplexer, Action<bool> changed)
    {
        _multiplexer = multiplexer;
        _changed = changed;
        _beating = BeatAsync();
    }

    /// <summary>False while commands would wait in vain.</summary>
    public bool IsBeating => _isBeating;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _beating;
    }

    /// <summary>Stops without waiting for a ping that is under way: the loop may need the thread that would wait.</summary>
    public void Dispose() => _stopping.Cancel();

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                Set(await AskAsync().WaitAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // Whether commands have a chance.
    private async Task<bool> AskAsync()
    {
        var masters = _multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });
        Task<bool>[] pings = [.. masters.Select(AnswersAsync)];
        if (pings.Length == 0)
        {
            return true;
        }

        await foreach (var answer in Task.WhenEach(pings))
        {
            if (await answer)
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<bool> AnswersAsync(IServer server)
    {
        try
        {
            await server.PingAsync();
            return true;
        }
        catch (RedisTimeoutException)
        {
            return false;
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            // An answer, if not the wanted one, or a connection that is gone: commands are told so at once.
            return true;
        }
    }

    private void Set(bool isBeating)
    {
        if (_isBeating != isBeating)
        {
            _isBeating = isBeating;
            _changed(isBeating);
        }
    }
}
