using System.Globalization;
using Functions.Redis.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Applies <see cref="RateLimitAttribute"/> and tells the caller what is left.</summary>
public sealed class RateLimitHttpPolicy(RateLimits limits, RateLimitSettings settings, ClientAddress address) : IHttpPolicy
{
    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        if (invocation.Function.Policy<RateLimitAttribute>() is not { } attribute)
        {
            return await next();
        }

        var http = invocation.Http;
        var policy = settings[attribute];
        var decision = await limits.AcquireAsync(policy, Partition(attribute, http), http.RequestAborted);
        WriteHeaders(http.Response.Headers, policy, decision);
        if (decision.IsAllowed)
        {
            return await next();
        }

        var wait = decision.RetryAfter > decision.ResetAfter ? decision.RetryAfter : decision.ResetAfter;
        http.Response.Headers.RetryAfter = Seconds(wait);
        return Problems.RateLimited([policy.Name]);
    }

    private string Partition(RateLimitAttribute attribute, HttpContext http) => attribute.Key switch
    {
        RateLimitKey.User => $"user:{http.Request.Caller().UserId}",
        _ => $"address:{address.Of(http)}",
    };

    // The fields of draft-ietf-httpapi-ratelimit-headers-10 and the older X-RateLimit-… that many clients read.
    private static void WriteHeaders(IHeaderDictionary headers, RateLimitPolicy policy, RateLimitDecision decision)
    {
        headers["X-RateLimit-Limit"] = decision.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = ((decision.ResetAt.ToUnixTimeMilliseconds() + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Policy"] = $"\"{policy.Name}\";q={policy.Limit};w={Seconds(policy.Window)}";
        headers["RateLimit"] = $"\"{policy.Name}\";r={decision.Remaining};t={Seconds(decision.ResetAfter)}";
    }

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
