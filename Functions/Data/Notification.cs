namespace Functions.Data;

/// <summary>What a user was told of.</summary>
public sealed class Notification
{
    public long Id { get; init; }

    public int UserId { get; init; }

    /// <summary>The event that it tells of. Unique: an event that is handled twice makes one notification.</summary>
    public required string EventId { get; init; }

    public required string Type { get; init; }

    /// <summary>JSON.</summary>
    public required string Data { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public bool IsRead { get; set; }
}
