namespace Functions.Data;

/// <summary>That somebody did something as an administrator. No names and no e-mail addresses: an entry outlives the accounts that it tells of.</summary>
public sealed class AuditEntry
{
    public long Id { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Who; null when that account is gone.</summary>
    public int? UserId { get; init; }

    /// <summary>What: the name of the function.</summary>
    public required string Action { get; init; }

    /// <summary>To what: the path of the request.</summary>
    public required string Subject { get; init; }

    /// <summary>What else the function says of it, such as how many it were; null for nothing.</summary>
    public string? Detail { get; set; }

    /// <summary>The status of the answer; null while it is under way, or where the process has died in the middle.</summary>
    public int? Status { get; set; }
}
