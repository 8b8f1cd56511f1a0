namespace Functions.Accounts;

/// <summary>The answer of <c>POST /logout/all</c>.</summary>
public sealed record SessionsClosedAnswer(int SessionsClosed);
