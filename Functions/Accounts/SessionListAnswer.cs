namespace Functions.Accounts;

/// <summary>The answer of <c>GET /sessions</c>.</summary>
public sealed record SessionListAnswer(IReadOnlyList<SessionItem> Items);
