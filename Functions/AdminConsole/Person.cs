using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>A user, as administrators see one.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="IsAdmin">Whether it is an administrator.</param>
/// <param name="OnlineSince">Since when the user is online; null for who is not.</param>
[Example("""{"id": 5, "name": "Ada", "email": "ada@example.org", "is_admin": false, "online_since": "2026-11-23T10:00:00Z"}""")]
public sealed record Person(int Id, string Name, string Email, bool IsAdmin, DateTimeOffset? OnlineSince);
