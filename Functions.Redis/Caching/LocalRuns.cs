namespace Functions.Redis.Caching;

/// <summary>
/// The runs of factories whose values do not go to Redis, nor are looked for there. A reader shares the run that is under way, unless
/// something that it may have read is known to have been removed since it began.
/// </summary>
internal sealed class LocalRuns<T>
{
    private readonly Dictionary<string, LocalRun<T>> _runs = new(StringComparer.Ordinal);

    /// <summary>Joins the run of <paramref name="key"/>, or begins one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tags">The tags whose removals this reader must not miss.</param>
    /// <param name="takeGuards">Takes the guards of a run that is to begin.</param>
    /// <param name="cancellationToken">Ends the wait of this reader.</param>
    /// <returns>A run that the caller is to make, or what another makes.</returns>
    public (LocalRun<T>? Own, Task<FilledValue<T>?>? Shared) Enter(
        string key, string[] tags, Func<LocalGuards> takeGuards, CancellationToken cancellationToken)
    {
        lock (_runs)
        {
            if (_runs.TryGetValue(key, out var run)
                && run.Guards.Cover(tags)
                && !run.Guards.HaveFallen
                && run.Flight.TryJoin(Timeout.InfiniteTimeSpan, cancellationToken, out var shared))
            {
                return (null, shared);
            }

            // Who comes later joins this one, the newest.
            return (_runs[key] = new LocalRun<T>(takeGuards(), new CacheFlight<FilledValue<T>>()), null);
        }
    }

    /// <summary>Forgets a run that has ended.</summary>
    public void Leave(string key, LocalRun<T> run)
    {
        lock (_runs)
        {
            if (_runs.TryGetValue(key, out var newest) && newest == run)
            {
                _runs.Remove(key);
            }
        }
    }
}
