using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/session</c>: who is looking.</summary>
/// <param name="UserId">The user of the session; null for nobody.</param>
/// <param name="Name">The name.</param>
/// <param name="IsAdmin">Whether the console is for this user.</param>
[Example("""{"user_id": 1, "name": "Demo Admin", "is_admin": true}""")]
public sealed record ConsoleSessionAnswer(int? UserId, string? Name, bool IsAdmin);
