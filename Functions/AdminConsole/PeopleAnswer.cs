namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/users</c>.</summary>
/// <param name="Online">How many users are online.</param>
/// <param name="Items">The users that were found, 50 at most; without a query those who are online, the latest first.</param>
public sealed record PeopleAnswer(int Online, IReadOnlyList<Person> Items);
