using Functions.Http;
using Functions.Http.Pages;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Monitoring;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>The operations page, what it shows first, and who has done what by it.</summary>
public sealed class ConsoleFunctions(PageFiles files, FleetMonitor monitor, TaskQueue queue, AuditLog audit, UserDirectory users)
{
    /// <summary>The limit that the console's own requests share.</summary>
    internal const string Policy = "console";

    internal const int Limit = 600;

    internal const int WindowSeconds = 60;

    private readonly IResult _page = files.Page("console/console.html");

    /// <summary>The operations console: a page for administrators, which signs in by itself.</summary>
    /// <response code="200">The page.</response>
    [Function("Console")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/html")]
    public IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console")] HttpRequest request) => _page;

    /// <summary>Tells the page whether to ask for a password. Not being signed in is no error here.</summary>
    /// <response code="200">Who is signed in, if anybody is.</response>
    [Function("ConsoleSession")]
    [OptionalSession]
    public async Task<Ok<ConsoleSessionAnswer>> SessionAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/session")] HttpRequest request) =>
        request.CallerOrNull() is { UserId: var id } && await users.FindAsync(id, request.HttpContext.RequestAborted) is { } user
            ? TypedResults.Ok(new ConsoleSessionAnswer(user.Id, user.Name, user.IsAdmin))
            : TypedResults.Ok(new ConsoleSessionAnswer(null, null, IsAdmin: false));

    /// <summary>What all instances have counted in the last minutes, and which instances there are.</summary>
    /// <response code="200">The counts and the instances.</response>
    [Function("ConsoleOverview")]
    [QueryParameter(MinutesQuery.Name, typeof(int), MinutesQuery.Description, Minimum = 1, Maximum = MinutesQuery.Maximum)]
    [RequireAdmin]
    [RateLimit(Policy, Limit, WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<OverviewAnswer>, ProblemHttpResult>> OverviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/overview")] HttpRequest request)
    {
        if (!request.TryReadMinutes(out var minutes, out var problem))
        {
            return problem;
        }

        var aborted = request.HttpContext.RequestAborted;
        var (report, counts) = (monitor.ReadAsync(minutes, aborted), queue.CountAsync(aborted));
        await Task.WhenAll(report, counts);
        return TypedResults.Ok(OverviewAnswer.Of(await report, await counts));
    }

    /// <summary>What administrators have done, the newest first.</summary>
    /// <response code="200">A page of the log.</response>
    [Function("ConsoleAudit")]
    [RequireAdmin]
    [RateLimit(Policy, Limit, WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<Page<AuditItem>>, ProblemHttpResult>> AuditAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/audit")] HttpRequest request) =>
        PageRequest.TryRead(request, out var page, out var problem)
            ? TypedResults.Ok(await audit.ListAsync(page, request.HttpContext.RequestAborted))
            : problem;

    [Function("AuditCleanup")]
    public Task DeleteOldAsync([TimerTrigger("0 23 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => audit.DeleteOldAsync(cancellationToken);
}
