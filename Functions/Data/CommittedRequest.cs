namespace Functions.Data;

/// <summary>A request with an <c>Idempotency-Key</c> whose change has been committed, in the same transaction.</summary>
/// <remarks>Redis knows what a request was answered. This knows what it did, also if it was answered nothing, or 503 as its commit was not confirmed.</remarks>
public sealed class CommittedRequest
{
    /// <summary>SHA-256 of caller, operation, key and content.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>The id of what it made.</summary>
    public long ResultId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
