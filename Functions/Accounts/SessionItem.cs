using Functions.OpenApi;
using Functions.Redis.Sessions;

namespace Functions.Accounts;

/// <summary>One session of the caller.</summary>
/// <param name="Id">A handle to close the session by; it does not open it.</param>
/// <param name="Current">Whether it is the session of this request.</param>
/// <param name="CreatedAt">When it was opened.</param>
/// <param name="LastActivity">When it was last used, to the minute.</param>
/// <param name="Metadata">From where it was opened.</param>
[Example("""{"id": "mJ9s0Yx2kQ7v", "current": true, "created_at": "2026-11-23T10:00:00Z", "last_activity": "2026-11-23T10:42:00Z", "metadata": {"ip": "203.0.113.7", "user_agent": "Mozilla/5.0"}}""")]
public sealed record SessionItem(string Id, bool Current, DateTimeOffset CreatedAt, DateTimeOffset LastActivity, SessionMetadata Metadata)
{
    internal static SessionItem Of(Session session, Session current) => new(
        session.Id,
        session.Id == current.Id,
        session.CreatedAt,
        session.LastActivity,
        new SessionMetadata(session.Metadata.GetValueOrDefault("ip"), session.Metadata.GetValueOrDefault("user_agent")));
}
