namespace Functions.Redis.Caching;

/// <summary>
/// Calls factories that run without a lease, because Redis cannot be used or the lease does not come: one at a time per key. Whoever
/// arrives while a factory runs shares the <em>next</em> run with all who arrive in that time, so nobody gets a value that was read
/// before they asked.
/// </summary>
internal sealed class BypassGate<T> where T : class
{
    private readonly Dictionary<string, Turns> _turns = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="factory"/>, or shares the next run with others.</summary>
    public (bool IsOwn, Task<T> Run) Enter(string key, Func<CancellationToken, Task<T>> factory, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out var turns))
            {
                _turns[key] = turns = new Turns();
            }

            if (turns.Next is { } next && next.TryJoin(Timeout.InfiniteTimeSpan, cancellationToken, out var shared))
            {
                return (false, shared)!; // Not null: these runs are never withdrawn.
            }

            turn = new Turn(key, turns, new CacheFlight<T>(), (turns.Next ?? turns.Running)?.Ended, factory);
            turns.Next = turn.Flight;
        }

        return (true, turn.Flight.RunAsync(turn, TakeAsync, cancellationToken).AsTask());
    }

    private async ValueTask<T> TakeAsync(Turn turn, CancellationToken abandoned)
    {
        var (key, turns, flight, previous, factory) = turn;
        if (previous is not null)
        {
            await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_turns)
        {
            turns.Running = flight;
            if (turns.Next == flight)
            {
                turns.Next = null;
            }
        }

        try
        {
            abandoned.ThrowIfCancellationRequested();
            return await factory(abandoned);
        }
        finally
        {
            lock (_turns)
            {
                if (turns.Running == flight && turns.Next is null)
                {
                    _turns.Remove(key);
                }
            }
        }
    }

    private sealed record Turn(string Key, Turns Turns, CacheFlight<T> Flight, Task? Previous, Func<CancellationToken, Task<T>> Factory);

    private sealed class Turns
    {
        public CacheFlight<T>? Running { get; set; }

        public CacheFlight<T>? Next { get; set; }
    }
}
