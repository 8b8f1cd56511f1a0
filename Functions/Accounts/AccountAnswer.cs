using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>POST /register</c>.</summary>
[Example("""{"id": 5, "email": "ada@example.org", "name": "Ada Lovelace"}""")]
public sealed record AccountAnswer(int Id, string Email, string Name);
