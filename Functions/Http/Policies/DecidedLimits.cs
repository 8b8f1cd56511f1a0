using Functions.Redis.RateLimiting;

namespace Functions.Http.Policies;

/// <summary>What was decided on a request before its function ran.</summary>
internal sealed record DecidedLimits(IReadOnlyList<FunctionLimit> Limits, RateLimitAcquisition Acquisition);
