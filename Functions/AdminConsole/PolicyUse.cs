using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.RateLimiting;

namespace Functions.AdminConsole;

/// <summary>A policy and how it was used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Limit">Permits per window.</param>
/// <param name="WindowSeconds">The window in seconds.</param>
/// <param name="Algorithm">How it counts.</param>
/// <param name="Key">Who is counted.</param>
/// <param name="Allowed">Requests that it allowed.</param>
/// <param name="Rejected">Requests that it rejected.</param>
[Example("""{"name": "search", "limit": 30, "window_seconds": 60, "algorithm": "sliding_window", "key": "address", "allowed": 410, "rejected": 7}""")]
public sealed record PolicyUse(string Name, int Limit, double WindowSeconds, RateLimitAlgorithm Algorithm, RateLimitKey Key, long Allowed, long Rejected)
{
    internal static PolicyUse Of(FunctionLimit limit, long allowed, long rejected) => new(
        limit.Policy.Name, limit.Policy.Limit, limit.Policy.Window.TotalSeconds, limit.Policy.Algorithm, limit.Attribute.Key, allowed, rejected);
}
