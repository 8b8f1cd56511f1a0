using System.Diagnostics;
using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>One limit of <see cref="RateLimits"/> as a <see cref="RateLimiter"/>.</summary>
internal sealed class PolicyRateLimiter(RateLimits limits, CountedLimit limit) : RateLimiter
{
    private readonly CountedLimit[] _limit = [limit];
    private long _lastUse = Stopwatch.GetTimestamp();

    /// <summary>Nothing is kept here, so it can be dropped at any time.</summary>
    public override TimeSpan? IdleDuration => Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastUse));

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => RedisRateLimitLease.NotDecided;

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _lastUse, Stopwatch.GetTimestamp());
        var acquisition = await limits.AcquireAsync(_limit, permitCount, cancellationToken);
        return new RedisRateLimitLease(acquisition.Decisions[0], acquisition);
    }
}
