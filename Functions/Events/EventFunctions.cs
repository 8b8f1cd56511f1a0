using System.Diagnostics;
using System.Text;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Events;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Events;

/// <summary>Events for browsers, and who has one open.</summary>
public sealed class EventFunctions(
    EventStreams streams, EventPublisher publisher, EventWorker worker, UserDirectory users, OnlineUsers online, EventOptions options, TimeProvider time)
{
    [Function("StreamEvents")]
    [RequireSession]
    [EventStream]
    public IResult Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events")] HttpRequest request) =>
        StreamPosition.TryParse(request.Headers["Last-Event-ID"].ToString(), out var position)
            ? new EventStreamResult(streams, request.Caller(), position)
            : Problems.Invalid("Last-Event-ID", "The value is not the id of an event of this stream.");

    [Function("PublishEvent")]
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

    [Function("ListPresence")]
    [RequireSession]
    public async Task<Ok<PresenceAnswer>> PresenceAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "presence")] HttpRequest request) =>
        TypedResults.Ok(await online.ListAsync(request.HttpContext.RequestAborted));
}
