using System.Buffers.Text;

namespace Functions.Redis.RateLimiting;

/// <summary>What Redis decided on the limits of one partition, with what is needed to give the permits back.</summary>
/// <param name="Limits">The limits, all of one partition.</param>
/// <param name="Permits">How many permits were asked of each.</param>
/// <param name="Lease">Under which name concurrency permits are held; empty if none can be.</param>
/// <param name="TakenAt">When it was decided: Unix microseconds by Redis' clock.</param>
/// <param name="Decisions">One per limit.</param>
internal sealed record RateLimitGrant(
    IReadOnlyList<CountedLimit> Limits, int Permits, string Lease, long TakenAt, RateLimitDecision[] Decisions)
{
    // Leases are told apart over all processes.
    private static readonly string Process = Guid.NewGuid().ToString("N");

    private static long _leases;

    /// <summary>Whether every limit allowed the request, so that permits of all were taken.</summary>
    public bool IsAllowed => Array.TrueForAll(Decisions, static decision => decision.IsAllowed);

    /// <summary>A new name under which the permits of one request can be held; empty where no limit is one of concurrency.</summary>
    public static string LeaseOf(IReadOnlyList<CountedLimit> limits)
    {
        for (var i = 0; i < limits.Count; i++)
        {
            if (limits[i].Policy.Algorithm == RateLimitAlgorithm.Concurrency)
            {
                return $"{Process}{Interlocked.Increment(ref _leases):x}";
            }
        }

        return "";
    }

    /// <summary>Reads the reply of <c>acquire.lua</c>: whole numbers between spaces.</summary>
    public static RateLimitGrant Read(ReadOnlySpan<byte> reply, IReadOnlyList<CountedLimit> limits, int permits, string lease)
    {
        var takenAt = Next(ref reply);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(takenAt / 1000);
        var decisions = new RateLimitDecision[limits.Count];
        for (var i = 0; i < decisions.Length; i++)
        {
            var remaining = Next(ref reply);
            var reset = Milliseconds(Next(ref reply));
            var wait = Milliseconds(Next(ref reply));
            decisions[i] = new RateLimitDecision(
                IsAllowed: wait == TimeSpan.Zero,
                limits[i].Policy.Limit,
                Remaining: (int)Math.Max(remaining, 0),
                ResetAt: now + reset,
                ResetAfter: reset,
                RetryAfter: wait);
        }

        return new RateLimitGrant(limits, permits, lease, takenAt, decisions);
    }

    private static long Next(ref ReadOnlySpan<byte> reply)
    {
        if (!Utf8Parser.TryParse(reply, out long number, out var length))
        {
            throw new InvalidDataException("The reply of a rate limit is not what its script says.");
        }

        reply = reply[Math.Min(length + 1, reply.Length)..];
        return number;
    }

    // Rounded up: who comes back then is not too early.
    private static TimeSpan Milliseconds(long microseconds) => TimeSpan.FromMilliseconds((microseconds + 999) / 1000);
}
