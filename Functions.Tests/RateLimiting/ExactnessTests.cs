using System.Diagnostics;
using Functions.Redis.RateLimiting;
using Functions.Tests.Servers;

namespace Functions.Tests.RateLimiting;

/// <summary>
/// Clients in several processes, with wrong clocks, ask one limit as fast as they can; afterwards the log of all decisions is checked
/// against the definition of the algorithm.
/// </summary>
public sealed class ExactnessTests(RedisServers servers)
{
    private const int Limit = 20;
    private const int Processes = 3;
    private const int Clients = 4;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1.5);

    // Keys expire in whole milliseconds.
    private static readonly TimeSpan KeyExpiry = TimeSpan.FromMilliseconds(2);

    private static readonly long WindowTime = (long)Window.TotalMicroseconds;

    [Theory, ClassData<AnyRedis>]
    public async Task A_sliding_window_is_exact(RedisKind kind)
    {
        var log = await RunAsync(kind, RateLimitAlgorithm.SlidingWindow);
        var allowed = Allowed(log);

        for (var i = Limit; i < allowed.Length; i++)
            Assert.True(allowed[i] - allowed[i - Limit] >= WindowTime, $"{Limit + 1} requests were allowed within {allowed[i] - allowed[i - Limit]} µs.");
        foreach (var rejected in log.Where(decision => !decision.IsAllowed))
        {
            var before = allowed.Count(at => at <= rejected.At && at > rejected.At - WindowTime);
            Assert.True(before >= Limit, $"A request was rejected after {before} requests in its window.");
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_token_bucket_is_exact(RedisKind kind)
    {
        var log = await RunAsync(kind, RateLimitAlgorithm.TokenBucket);
        var interval = WindowTime / Limit;

        // Redis runs one script at a time, so the log can be run again. In one microsecond what was allowed came first.
        var fullAt = 0L;
        foreach (var decision in log.OrderBy(decision => decision.At).ThenByDescending(decision => decision.IsAllowed))
        {
            fullAt = Math.Max(fullAt, decision.At);
            var available = (decision.At + (interval * Limit) - fullAt) / interval;
            Assert.True(decision.IsAllowed == available >= 1, $"With {available} permits in the bucket a request was {(decision.IsAllowed ? "allowed" : "rejected")}.");
            fullAt += decision.IsAllowed ? interval : 0;
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_fixed_window_is_exact(RedisKind kind)
    {
        var log = await RunAsync(kind, RateLimitAlgorithm.FixedWindow);

        // Redis runs one script at a time, so the log can be run again: every window counts down from the limit, one by one, and only a
        // window that has counted down rejects.
        var start = log[0];
        var count = 0;
        foreach (var decision in log.OrderBy(decision => decision.At).ThenByDescending(decision => decision.IsAllowed))
        {
            if (decision is { IsAllowed: true, Remaining: Limit - 1 })
            {
                var most = Stopwatch.GetElapsedTime(start.Asked, decision.Answered);
                Assert.True(count == 0 || most >= Window - KeyExpiry, $"A window began {most} after the one before it.");
                (start, count) = (decision, 1);
            }
            else if (decision.IsAllowed)
            {
                Assert.Equal(Limit - ++count, decision.Remaining);
            }
            else
            {
                var least = Stopwatch.GetElapsedTime(start.Answered, decision.Asked);
                Assert.Equal(Limit, count);
                Assert.True(least <= Window + KeyExpiry, $"A request was rejected {least} after its window had begun.");
            }
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrency_is_exact(RedisKind kind)
    {
        const int Most = 5;
        var log = await RunAsync(kind, RateLimitAlgorithm.Concurrency, Most);

        // Who loses the processor for a whole window, and so cannot renew, holds nothing any more.
        var held = 0;
        var events = log.Where(decision => decision.IsAllowed)
            .SelectMany(decision => new[] { (At: decision.At, Change: 1), (At: Math.Min(decision.Until, decision.At + WindowTime), Change: -1) })
            .OrderBy(change => change.At).ThenBy(change => change.Change);
        foreach (var change in events)
        {
            held += change.Change;
            Assert.True(held <= Most, $"{held} held a permit at the same time.");
        }
    }

    private async Task<RateLimitDriver.Decision[]> RunAsync(RedisKind kind, RateLimitAlgorithm algorithm, int limit = Limit)
    {
        // A machine that is busy with something else may let too little happen to prove anything; then there is more time.
        for (var duration = Duration; ; duration *= 2)
        {
            var log = await RateLimitDriver.RunAsync(
                await servers.GetAsync(kind), new RateLimitPolicy("exact", limit, Window, Algorithm: algorithm), Unique.Name(), Processes, Clients, duration);
            if (log.Count(decision => decision.IsAllowed) > 3 * limit && log.Any(decision => !decision.IsAllowed))
                return log;
            Assert.True(duration < 16 * Duration, "Too little happened to prove anything.");
        }
    }

    private static long[] Allowed(RateLimitDriver.Decision[] log) =>
        [.. log.Where(decision => decision.IsAllowed).Select(decision => decision.At).Order()];
}
