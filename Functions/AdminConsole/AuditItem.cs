using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>An entry of the audit log.</summary>
/// <param name="Id">Its number; later ones are greater.</param>
/// <param name="At">When it began.</param>
/// <param name="UserId">Who; null when the account is gone.</param>
/// <param name="UserName">The name of that account now.</param>
/// <param name="Action">The function.</param>
/// <param name="Subject">Path and query of the request.</param>
/// <param name="Detail">What else there was to say.</param>
/// <param name="Status">The status of the answer; null while it is under way, or where the process has died in the middle.</param>
[Example("""{"id": 12, "at": "2026-11-23T10:42:00Z", "user_id": 1, "user_name": "Demo Admin", "action": "LiftLimits", "subject": "/api/console/limits/callers/user:5/lift", "detail": "for 10 minutes", "status": 204}""")]
public sealed record AuditItem(long Id, DateTimeOffset At, int? UserId, string? UserName, string Action, string Subject, string? Detail, int? Status);
