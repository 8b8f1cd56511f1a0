using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>POST /password/reset</c>.</summary>
[Example("""{"status": "reset", "sessions_closed": 2}""")]
public sealed record PasswordResetAnswer(string Status, int SessionsClosed);
