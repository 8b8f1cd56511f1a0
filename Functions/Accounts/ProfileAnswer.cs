using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>GET /profile</c>.</summary>
[Example("""{"user_id": 5, "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace", "is_admin": false, "logged_in_at": "2026-11-23T10:00:00Z"}""")]
public sealed record ProfileAnswer(int UserId, string Email, bool EmailVerified, string Name, bool IsAdmin, DateTimeOffset LoggedInAt);
