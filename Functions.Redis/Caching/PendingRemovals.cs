using Microsoft.Extensions.Logging;

namespace Functions.Redis.Caching;

/// <summary>
/// Removals that Redis could not take. They are tried until it does; until then this process serves nothing from Redis. They end with the
/// process, so whoever asked for one is told that it failed.
/// </summary>
internal sealed partial class PendingRemovals(CacheStore store, CacheOptions options, TimeProvider time, ILogger logger)
    : IAsyncDisposable, IDisposable
{
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tags = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposed = new(); // Not disposed: it has no timer, and the loop may ask for its token once more.
    private Task _trying = Task.CompletedTask;
    private volatile bool _isEmpty = true;

    public bool IsEmpty => _isEmpty;

    public void Add(string[] keys, string[] tags)
    {
        lock (_keys)
        {
            _keys.UnionWith(keys);
            _tags.UnionWith(tags);
            if (_isEmpty)
            {
                _isEmpty = false;
                _trying = Task.Run(TryUntilDoneAsync);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _trying;
    }

    public void Dispose() => _disposed.Cancel();

    private async Task TryUntilDoneAsync()
    {
        LogPending(logger);
        while (!_disposed.IsCancellationRequested)
        {
            await Task.Delay(options.PollingInterval, time, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            string[] keys, tags;
            lock (_keys)
            {
                // Taken out: what is added from now on must be removed once more.
                keys = [.. _keys];
                tags = [.. _tags];
                _keys.Clear();
                _tags.Clear();
            }

            try
            {
                await (keys.Length == 0 ? Task.CompletedTask : store.RemoveAsync(keys));
                await (tags.Length == 0 ? Task.CompletedTask : store.RemoveByTagAsync(tags));
            }
#pragma warning disable CA1031 // Whatever it is: as long as it lasts, old values may be in Redis.
            catch (Exception)
#pragma warning restore CA1031
            {
                lock (_keys)
                {
                    _keys.UnionWith(keys);
                    _tags.UnionWith(tags);
                }

                continue;
            }

            lock (_keys)
            {
                if (_keys.Count == 0 && _tags.Count == 0)
                {
                    _isEmpty = true;
                    LogDone(logger);
                    return;
                }
            }
        }
    }

    [LoggerMessage(6, LogLevel.Warning, "Redis could not remove cached entries; this is tried until it can, and nothing is served from it before.")]
    private static partial void LogPending(ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "The removals that Redis could not take have been made.")]
    private static partial void LogDone(ILogger logger);
}
