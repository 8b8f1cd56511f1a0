#pragma warning disable CA1308 // Values of metric attributes are in lower case.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Functions.Redis.Connections;

namespace Functions.Redis.Events;

/// <summary>What events tell about themselves; the meter and the activity source are called <c>Functions.Redis</c>.</summary>
internal static class EventMetrics
{
    private static readonly Counter<long> PublishedEvents = RedisTelemetry.Meter.CreateCounter<long>(
        "events.published", "{event}", "Published events by type and outcome: published, pending, handled, predecessorlost.");
    private static readonly Counter<long> HandledEvents = RedisTelemetry.Meter.CreateCounter<long>(
        "events.handled", "{event}", "Calls of handlers by type and outcome: handled, failed, parked.");
    private static readonly Counter<long> MalformedMessages = RedisTelemetry.Meter.CreateCounter<long>("events.malformed", "{message}", "Messages on event channels that are no events.");
    private static readonly Histogram<double> HandlerDuration = RedisTelemetry.CreateDurations("events.handler.duration", "Time of handlers.");
    private static readonly Histogram<double> Lag = RedisTelemetry.CreateDurations("events.handler.lag", "Time from publishing to the start of the handler.");
    private static readonly UpDownCounter<long> OpenStreams = RedisTelemetry.Meter.CreateUpDownCounter<long>("events.streams", "{stream}", "Open event streams.");
    private static readonly Counter<long> StreamEnds = RedisTelemetry.Meter.CreateCounter<long>("events.stream.ends", "{stream}", "Ended event streams by reason.");

    /// <summary>In the trace of the request that the event tells of, also when it comes from an outbox long after.</summary>
    public static Activity? StartPublishing(OutgoingEvent published) =>
        RedisTelemetry.Continue(published.Traceparent, $"publish {published.Type}", ActivityKind.Producer)?
            .SetTag("messaging.system", "redis").SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", published.Channel).SetTag("messaging.message.id", published.Id);

    /// <summary>In the trace of whoever published the event.</summary>
    public static Activity? StartHandling(string channel, EventEnvelope envelope) =>
        RedisTelemetry.Continue(envelope.Traceparent, $"process {envelope.Type}", ActivityKind.Consumer)?
            .SetTag("messaging.system", "redis").SetTag("messaging.operation.type", "process")
            .SetTag("messaging.destination.name", channel).SetTag("messaging.message.id", envelope.Id);

    public static void Published(string type, PublishOutcome outcome) =>
        PublishedEvents.Add(1, new("type", type), new("outcome", outcome.ToString().ToLowerInvariant()));

    public static void Handled(string type, string outcome, TimeSpan duration)
    {
        HandledEvents.Add(1, new("type", type), new("outcome", outcome));
        HandlerDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("type", type));
    }

    public static void Started(string type, TimeSpan lag) => Lag.Record(Math.Max(0, lag.TotalSeconds), new KeyValuePair<string, object?>("type", type));

    public static void Parked(string type) => HandledEvents.Add(1, new("type", type), new("outcome", "parked"));

    public static void Malformed() => MalformedMessages.Add(1);

    public static void StreamOpened() => OpenStreams.Add(1);

    public static void StreamEnded(string reason)
    {
        OpenStreams.Add(-1);
        StreamEnds.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }
}
