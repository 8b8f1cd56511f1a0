namespace Functions.Accounts;

/// <summary>The answer of <c>GET /profile</c>.</summary>
public sealed record ProfileAnswer(int UserId, string Email, bool EmailVerified, string Name, bool IsAdmin, DateTimeOffset LoggedInAt);
