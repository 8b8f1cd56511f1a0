using System.Diagnostics;
using System.Text;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Events;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Events;

/// <summary>Events for browsers, and who has one open.</summary>
public sealed class EventFunctions(
    EventStreams streams, EventPublisher publisher, EventWorker worker, UserDirectory users, OnlineUsers online, EventOptions options, TimeProvider time)
{
    /// <summary>Streams everybody's and the caller's own events.</summary>
    /// <remarks>
    /// Server-sent events: <c>id</c>, <c>event</c> (the type) and <c>data</c> (type, data and time as JSON), and a comment line at least every 10 seconds. A
    /// stream ends after about 25 minutes and with its session; the hint <c>retry</c> says when to come again. While a server is away the stream ends at
    /// once, with status 200.
    /// </remarks>
    /// <response code="200">Events, as long as the session is open.</response>
    /// <response code="400">The header <c>Last-Event-ID</c> is not an id of this stream.</response>
    [Function("StreamEvents")]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/event-stream")]
    [RequireSession]
    [EventStream]
    public IResult Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events")] HttpRequest request) =>
        StreamPosition.TryParse(request.Headers["Last-Event-ID"].ToString(), out var position)
            ? new EventStreamResult(streams, request.Caller(), position)
            : Problems.Invalid("Last-Event-ID", "The value is not the id of an event of this stream.");

    /// <summary>Publishes an event to one user, or to everybody.</summary>
    /// <remarks>A type without a handler is only streamed.</remarks>
    /// <response code="202">The event is published.</response>
    /// <response code="400">The body is not valid, or the handler of the type cannot read the data.</response>
    [Function("PublishEvent")]
    [RequestBody<PublishEventRequest>]
    [RequireAdmin]
    [Audited]
    [Idempotent]
    public async Task<Results<Accepted<EventPublishedAnswer>, ProblemHttpResult>> PublishAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<PublishEventRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        if (Encoding.UTF8.GetByteCount(body.Data.GetRawText()) > options.MaximumDataBytes)
        {
            return Problems.Invalid("data", $"The value may have {options.MaximumDataBytes} bytes at most.");
        }

        if (body.UserId is null && worker.IsForUsers(body.Type!))
        {
            return Problems.Invalid("user_id", "Events of this type are for one user.");
        }

        if (worker.FaultsOf(body.Type!, body.Data) is { Count: > 0 } faults)
        {
            return Problems.Invalid(faults.ToDictionary(fault => fault.Key, fault => new[] { fault.Value }));
        }

        var aborted = request.HttpContext.RequestAborted;
        if (body.UserId is { } user && await users.FindAsync(user, aborted) is null)
        {
            return Problems.Invalid("user_id", "There is no such user.");
        }

        var channel = body.UserId is { } id ? EventNames.User(id) : EventNames.Broadcast;
        // A request that is repeated under its key publishes the same event.
        var eventId = request.IdempotencyName()?[..OutgoingEvent.IdLength] ?? OutgoingEvent.NewId();
        await publisher.PublishAsync(new OutgoingEvent(channel, eventId, body.Type!, body.Data, time.GetUtcNow()) { Traceparent = Activity.Current?.Id }, aborted);
        return TypedResults.Accepted((string?)null, new EventPublishedAnswer(eventId));
    }

    /// <summary>Lists who has an event stream open.</summary>
    /// <response code="200">The users who are online.</response>
    [Function("ListPresence")]
    [RequireSession]
    public async Task<Ok<PresenceAnswer>> PresenceAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "presence")] HttpRequest request) =>
        TypedResults.Ok(await online.ListAsync(request.HttpContext.RequestAborted));
}
