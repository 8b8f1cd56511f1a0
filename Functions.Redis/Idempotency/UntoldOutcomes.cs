using System.Collections.Concurrent;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Idempotency;

/// <summary>
/// How attempts ended that Redis could not be told: it is told when it can be. Without that their keys would stay claimed until the lease ends, and an
/// answer would be forgotten. They end with the process, which costs no more than that.
/// </summary>
/// <param name="tell">Tells Redis how an attempt ended.</param>
/// <param name="time">The time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class UntoldOutcomes(Func<AttemptIdentity, ReadOnlyMemory<byte>, Task> tell, TimeProvider time, ILogger logger) : IAsyncDisposable, IDisposable
{
    // As many requests as are under way when Redis goes away; an answer has 2 KiB at most.
    private const int Capacity = 10_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<AttemptIdentity, Outcome> _outcomes = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private Task _telling = Task.CompletedTask;
    private bool _isTelling;

    /// <summary>Remembers how an attempt ended: with an answer, or with none, which gives its key free.</summary>
    public void Add(AttemptIdentity attempt, ReadOnlyMemory<byte> answer, string reason)
    {
        if (_outcomes.Count >= Capacity)
        {
            LogForgotten(reason);
            return;
        }

        _outcomes[attempt] = new Outcome(answer, time.GetTimestamp());
        lock (_lock)
        {
            if (!_isTelling && !_disposed.IsCancellationRequested)
            {
                LogUntold(reason);
                _isTelling = true;
                _telling = Task.Run(TellUntilDoneAsync);
            }
        }
    }

    /// <summary>Tells what there is about one record now, for a request that asks for it; false if there is nothing.</summary>
    public async Task<bool> TryTellAsync(RedisKey record)
    {
        var told = false;
        foreach (var attempt in _outcomes.IsEmpty ? [] : _outcomes.Keys.Where(attempt => attempt.Record == record))
        {
            told |= await TryTellAsync(attempt);
        }

        return told;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _telling;
        _disposed.Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, but waits for nothing: what is under way ends by itself.</summary>
    public void Dispose() => _disposed.Cancel(); // Not disposed of: the loop may still look at it, and without a timer it holds nothing.

    private async Task TellUntilDoneAsync()
    {
        while (!_disposed.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var attempt in _outcomes.Keys)
            {
                // A claim that is only to be given free has ended by itself meanwhile.
                if (_outcomes.TryGetValue(attempt, out var outcome) && outcome.Answer.IsEmpty && time.GetElapsedTime(outcome.Since) > IdempotencyStore.LeaseDuration)
                {
                    _outcomes.TryRemove(attempt, out _);
                }
                else if (!_disposed.IsCancellationRequested)
                {
                    await TryTellAsync(attempt);
                }
            }

            lock (_lock)
            {
                if (_outcomes.IsEmpty)
                {
                    _isTelling = false;
                    return;
                }
            }
        }
    }

    private async Task<bool> TryTellAsync(AttemptIdentity attempt)
    {
        if (!_outcomes.TryGetValue(attempt, out var outcome))
        {
            return true;
        }

        try
        {
            await tell(attempt, outcome.Answer);
            _outcomes.TryRemove(attempt, out _);
            return true;
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception) || exception is ObjectDisposedException)
        {
            return false;
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "Redis could not be told how idempotent requests ended; it is told when it can be: {Reason}")]
    private partial void LogUntold(string reason);

    [LoggerMessage(3, LogLevel.Warning, "The answer of an idempotent request could not be kept: {Reason}")]
    private partial void LogForgotten(string reason);

    private readonly record struct Outcome(ReadOnlyMemory<byte> Answer, long Since);
}
