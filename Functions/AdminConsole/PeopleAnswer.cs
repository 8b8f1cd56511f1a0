using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/users</c>.</summary>
/// <param name="Online">How many users are online.</param>
/// <param name="Items">The users that were found, 50 at most; without a query those who are online, the latest first.</param>
[Example("""{"online": 1, "items": [{"id": 5, "name": "Ada", "email": "ada@example.org", "is_admin": false, "online_since": "2026-11-23T10:00:00Z"}]}""")]
public sealed record PeopleAnswer(int Online, IReadOnlyList<Person> Items);
