using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>One limit of <see cref="RateLimits"/> as a <see cref="RateLimiter"/>.</summary>
internal sealed class PolicyRateLimiter(RateLimits limits, CountedLimit limit) : RateLimiter
{
    private readonly CountedLimit[] _limit = [limit];
    private readonly LimiterUse _use = new(limit.Policy.Limit);

    public override TimeSpan? IdleDuration => _use.IdleDuration;

    public override RateLimiterStatistics? GetStatistics() => _use.GetStatistics();

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        _use.Check(permitCount);
        return RedisRateLimitLease.NotDecided;
    }

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        _use.Check(permitCount);
        var acquisition = await _use.CountAsync(limits.AcquireAsync(_limit, permitCount, cancellationToken), static acquisition => acquisition.Decisions[0]);
        return new RedisRateLimitLease(acquisition.Decisions[0], acquisition.HoldsPermits ? _use.Hold(acquisition) : null);
    }

    protected override void Dispose(bool disposing)
    {
        _use.Dispose();
        base.Dispose(disposing);
    }
}
