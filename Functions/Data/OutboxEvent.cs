namespace Functions.Data;

/// <summary>An event that was committed with a change of the data, until it has been handled.</summary>
public sealed class OutboxEvent
{
    public long Id { get; init; }

    /// <summary>The id that the event is published under, however often that takes.</summary>
    public required string EventId { get; init; }

    public required string Channel { get; init; }

    public required string Type { get; init; }

    /// <summary>JSON.</summary>
    public required string Data { get; init; }

    /// <summary>The trace of the request that made it, or null.</summary>
    public string? Traceparent { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was published last; null if it has not been. In the future: until when it is parked.</summary>
    public DateTimeOffset? RelayedAt { get; set; }
}
