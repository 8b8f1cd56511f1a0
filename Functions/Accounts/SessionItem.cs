using Functions.Redis.Sessions;

namespace Functions.Accounts;

/// <summary>One session of the caller.</summary>
/// <param name="Id">A handle to close the session by; it does not open it.</param>
/// <param name="Current">Whether it is the session of this request.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="LastActivity">When it was last used, to the minute.</param>
/// <param name="Metadata">From where it was opened.</param>
public sealed record SessionItem(string Id, bool Current, DateTimeOffset CreatedAt, DateTimeOffset LastActivity, SessionMetadata Metadata)
{
    internal static SessionItem Of(Session session, Session current) => new(
        session.Id,
        session.Id == current.Id,
        session.CreatedAt,
        session.LastActivity,
        new SessionMetadata(session.Metadata.GetValueOrDefault("ip"), session.Metadata.GetValueOrDefault("user_agent")));
}
