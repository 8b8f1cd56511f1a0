using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>GET /protected</c>.</summary>
[Example("""{"user_id": 5, "message": "You are signed in"}""")]
public sealed record ProtectedAnswer(int UserId, string Message);
