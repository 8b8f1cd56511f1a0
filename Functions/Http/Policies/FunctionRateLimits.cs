using Functions.Redis.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http.Policies;

/// <summary>Limits by what only the function knows, such as a field of the body: those that are declared with <see cref="RateLimitKey.Function"/>.</summary>
public sealed class FunctionRateLimits(RateLimits limits, RateLimitSettings settings)
{
    /// <summary>Counts the request for <paramref name="partition"/>; returns the problem to answer if it is over the limit.</summary>
    /// <remarks>A rejected request uses up nothing of the limits that were decided before, either.</remarks>
    public async Task<ProblemHttpResult?> AcquireAsync(HttpContext http, string policy, string partition)
    {
        ArgumentNullException.ThrowIfNull(http);
        var limit = settings.Later(policy);
        var acquisition = await limits.AcquireAsync([new CountedLimit(limit.Policy, partition)], 1, http.RequestAborted);
        var (earlier, decisions) = http.Features.Get<DecidedLimits>() is { } decided ? (decided.Limits, decided.Acquisition.Decisions) : ([], []);
        if (!acquisition.IsAllowed && http.Features.Get<DecidedLimits>() is { } taken)
        {
            await taken.Acquisition.RefundAsync();
            decisions = [.. decisions.Select(decision => decision with { Remaining = decision.Remaining + 1 })];
        }

        RateLimitFields.Write(http.Response.Headers, [.. earlier, limit], [.. decisions, .. acquisition.Decisions]);
        return acquisition.IsAllowed ? null : Problems.RateLimited([policy]);
    }
}
