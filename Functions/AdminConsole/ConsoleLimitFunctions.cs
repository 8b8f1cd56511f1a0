using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>The rate limits, and exceptions from them.</summary>
public sealed class ConsoleLimitFunctions(LimitDesk desk)
{
    [Function("ConsoleLimits")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<LimitsAnswer>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/limits")] HttpRequest request) =>
        request.TryReadMinutes(out var minutes, out var problem)
            ? TypedResults.Ok(await desk.ListAsync(minutes, request.HttpContext.RequestAborted))
            : problem;

    [Function("ConsoleCallerLimits")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<CallerLimitsAnswer>, ProblemHttpResult>> LookUpAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/limits/callers/{caller}")] HttpRequest request, string caller) =>
        LimitedCaller.TryParse(caller, out var limited)
            ? TypedResults.Ok(await desk.LookUpAsync(limited, request.HttpContext.RequestAborted))
            : NoCaller();

    [Function("LiftLimits")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<NoContent, ProblemHttpResult>> LiftAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "console/limits/callers/{caller}/lift")] HttpRequest request, string caller)
    {
        if (!LimitedCaller.TryParse(caller, out var limited))
        {
            return NoCaller();
        }

        if (!(await request.ReadJsonAsync<LiftLimitsRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        request.SayInAudit($"for {body.Minutes} minutes");
        return await desk.LiftAsync(limited, TimeSpan.FromMinutes(body.Minutes!.Value), request.HttpContext.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.Conflict("The limits of too many callers are lifted already");
    }

    [Function("RestoreLimits")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<NoContent, ProblemHttpResult>> RestoreAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "console/limits/callers/{caller}/lift")] HttpRequest request, string caller)
    {
        if (!LimitedCaller.TryParse(caller, out var limited))
        {
            return NoCaller();
        }

        await desk.LiftAsync(limited, TimeSpan.Zero, request.HttpContext.RequestAborted);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NoCaller() => Problems.Invalid("caller", "The value must be user:<id> or address:<IP address>.");
}
