using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>GET /profile</c>.</summary>
/// <param name="UserId">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="EmailVerified">Whether the address is verified.</param>
/// <param name="Name">The name that others see.</param>
/// <param name="IsAdmin">Whether it is an administrator's.</param>
/// <param name="LoggedInAt">When the session was opened.</param>
[Example("""{"user_id": 5, "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace", "is_admin": false, "logged_in_at": "2026-11-23T10:00:00Z"}""")]
public sealed record ProfileAnswer(int UserId, string Email, bool EmailVerified, string Name, bool IsAdmin, DateTimeOffset LoggedInAt);
