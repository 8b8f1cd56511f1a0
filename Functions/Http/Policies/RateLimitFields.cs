using System.Globalization;
using Functions.Redis.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>
/// The fields of draft-ietf-httpapi-ratelimit-headers-10, which list every policy, and the older <c>X-RateLimit-…</c> that many clients
/// read, which have room for one: the policy that rejected the request, or else the one with the least left.
/// </summary>
internal static class RateLimitFields
{
    public static void Write(IHeaderDictionary headers, IReadOnlyList<FunctionLimit> limits, IReadOnlyList<RateLimitDecision> decisions)
    {
        headers["RateLimit-Policy"] = string.Join(", ", limits.Select(limit => Quota(limit.Policy)));
        headers["RateLimit"] = string.Join(", ", limits.Select((limit, i) => Left(limit.Policy, decisions[i])));

        var tightest = decisions.OrderBy(decision => decision.IsAllowed).ThenByDescending(Wait).ThenBy(decision => decision.Remaining).First();
        headers["X-RateLimit-Limit"] = tightest.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = tightest.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = ((tightest.ResetAt.ToUnixTimeMilliseconds() + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        if (!tightest.IsAllowed)
        {
            headers.RetryAfter = Seconds(decisions.Max(Wait));
        }
    }

    // Not earlier than the reset of the same policy; nothing for one that allowed the request.
    private static TimeSpan Wait(RateLimitDecision decision) =>
        decision.IsAllowed ? TimeSpan.Zero
        : decision.RetryAfter > decision.ResetAfter ? decision.RetryAfter
        : decision.ResetAfter;

    private static string Quota(RateLimitPolicy policy) => policy.Algorithm == RateLimitAlgorithm.Concurrency
        ? $"\"{policy.Name}\";q={policy.Limit};qu=\"concurrent-requests\""
        : $"\"{policy.Name}\";q={policy.Limit};w={Seconds(policy.Window)}";

    // Nobody knows when a request that runs will end.
    private static string Left(RateLimitPolicy policy, RateLimitDecision decision) => policy.Algorithm == RateLimitAlgorithm.Concurrency
        ? $"\"{policy.Name}\";r={decision.Remaining}"
        : $"\"{policy.Name}\";r={decision.Remaining};t={Seconds(decision.ResetAfter)}";

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
