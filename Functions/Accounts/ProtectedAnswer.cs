namespace Functions.Accounts;

/// <summary>The answer of <c>GET /protected</c>.</summary>
public sealed record ProtectedAnswer(int UserId, string Message);
