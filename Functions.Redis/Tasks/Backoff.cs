namespace Functions.Redis.Tasks;

/// <summary>
/// How long to wait before the next attempt: exponential, with jitter over its upper half ("equal jitter"; M. Brooker, "Exponential Backoff And Jitter",
/// AWS Architecture Blog, 2015), so that tasks that failed together are not tried together.
/// </summary>
internal static class Backoff
{
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="options">Base and maximum.</param>
    /// <param name="random">0 to 1.</param>
    public static TimeSpan After(int attempt, TaskOptions options, double random)
    {
        var longest = Math.Min(options.BackoffBase.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 40)), options.BackoffMaximum.TotalMilliseconds);
        return TimeSpan.FromMilliseconds((longest / 2) + (longest / 2 * random));
    }
}
