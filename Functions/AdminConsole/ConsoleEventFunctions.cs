using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Events;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>Events that wait, and those that could not be handled.</summary>
public sealed class ConsoleEventFunctions(ParkedEvents parked, EventDesk desk)
{
    private const int Listed = 100;
    private const string NoSuchEvent = "No such parked event";

    /// <summary>How many events wait in the outbox, and for how long.</summary>
    /// <response code="200">The counts.</response>
    [Function("ConsoleOutbox")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Ok<OutboxAnswer>> OutboxAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/outbox")] HttpRequest request) =>
        TypedResults.Ok(await desk.CountOutboxAsync(request.HttpContext.RequestAborted));

    /// <summary>The latest events that could not be handled.</summary>
    /// <response code="200">The latest 100.</response>
    [Function("ConsoleParkedEvents")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Ok<ParkedEventsAnswer>> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/events/parked")] HttpRequest request) =>
        TypedResults.Ok(new ParkedEventsAnswer([.. (await parked.ListAsync(Listed, request.HttpContext.RequestAborted)).Select(ParkedEventItem.Of)]));

    /// <summary>Has a parked event handled once more.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The handle of the parked event.</param>
    /// <response code="204">The event is published again.</response>
    /// <response code="404">There is no such parked event.</response>
    /// <response code="409">What is left of the message is no event.</response>
    [Function("RetryParkedEvent")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<NoContent, ProblemHttpResult>> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "console/events/parked/{id}/retry")] HttpRequest request, string id) =>
        await desk.RetryAsync(id, request.HttpContext.RequestAborted) switch
        {
            true => TypedResults.NoContent(),
            false => Problems.Conflict("What is left of this message is no event that could be published again"),
            null => Problems.NotFound(NoSuchEvent),
        };

    /// <summary>Gives a parked event up for good.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The handle of the parked event.</param>
    /// <response code="204">The event is dropped.</response>
    /// <response code="404">There is no such parked event.</response>
    [Function("DropParkedEvent")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<NoContent, ProblemHttpResult>> DropAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "console/events/parked/{id}")] HttpRequest request, string id) =>
        await desk.DropAsync(id, request.HttpContext.RequestAborted) ? TypedResults.NoContent() : Problems.NotFound(NoSuchEvent);
}
