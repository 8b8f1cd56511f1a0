using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>The rate limits, and exceptions from them.</summary>
public sealed class ConsoleLimitFunctions(LimitDesk desk)
{
    /// <summary>The rate limits with their use, the callers nearest to them, and those whose limits are lifted.</summary>
    /// <response code="200">The limits and the callers.</response>
    [Function("ConsoleLimits")]
    [QueryParameter(MinutesQuery.Name, typeof(int), MinutesQuery.Description, Minimum = 1, Maximum = MinutesQuery.Maximum)]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<LimitsAnswer>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/limits")] HttpRequest request) =>
        request.TryReadMinutes(out var minutes, out var problem)
            ? TypedResults.Ok(await desk.ListAsync(minutes, request.HttpContext.RequestAborted))
            : problem;

    /// <summary>What a caller has left of each limit.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who: <c>user:5</c> or <c>address:203.0.113.7</c>.</param>
    /// <response code="200">What is left, the tightest limit first.</response>
    /// <response code="400">The caller is written neither as a user nor as an address.</response>
    [Function("ConsoleCallerLimits")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<CallerLimitsAnswer>, ProblemHttpResult>> LookUpAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/limits/callers/{caller}")] HttpRequest request, string caller) =>
        LimitedCaller.TryParse(caller, out var limited)
            ? TypedResults.Ok(await desk.LookUpAsync(limited, request.HttpContext.RequestAborted))
            : NoCaller();

    /// <summary>Lets a caller do a hundred times as much for a while.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who: <c>user:5</c> or <c>address:203.0.113.7</c>.</param>
    /// <response code="204">The limits are lifted.</response>
    /// <response code="409">The limits of too many callers are lifted already.</response>
    [Function("LiftLimits")]
    [RequestBody<LiftLimitsRequest>]
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

    /// <summary>Ends the lift of a caller's limits.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who: <c>user:5</c> or <c>address:203.0.113.7</c>.</param>
    /// <response code="204">The limits hold.</response>
    /// <response code="400">The caller is written neither as a user nor as an address.</response>
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
