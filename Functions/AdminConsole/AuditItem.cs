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
public sealed record AuditItem(long Id, DateTimeOffset At, int? UserId, string? UserName, string Action, string Subject, string? Detail, int? Status);
