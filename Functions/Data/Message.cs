namespace Functions.Data;

/// <summary>What one user wrote to another.</summary>
public sealed class Message
{
    public long Id { get; init; }

    public int SenderId { get; init; }

    public int RecipientId { get; init; }

    public required string Content { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
