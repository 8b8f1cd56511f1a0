namespace Functions.Redis.Sessions;

/// <summary>An open session.</summary>
/// <param name="Id">A handle by which the session can be listed and closed; it does not open it.</param>
/// <param name="UserId">Whose session it is.</param>
/// <param name="CreatedAt">When it was opened, by Redis' clock.</param>
/// <param name="LastActivity">When it was last used, as far as that has been written (see <see cref="SessionOptions.TouchInterval"/>).</param>
/// <param name="ExpiresAt">When it ends at the latest.</param>
/// <param name="Metadata">What the caller gave at creation, such as address and user agent.</param>
public sealed record Session(
    string Id,
    string UserId,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActivity,
    DateTimeOffset ExpiresAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>What the application keeps with the session, read together with it. At most 4 KB.</summary>
    public SessionData Data { get; init; } = SessionData.Empty;
}
