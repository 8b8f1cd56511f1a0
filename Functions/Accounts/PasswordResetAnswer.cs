namespace Functions.Accounts;

/// <summary>The answer of <c>POST /password/reset</c>.</summary>
public sealed record PasswordResetAnswer(string Status, int SessionsClosed);
