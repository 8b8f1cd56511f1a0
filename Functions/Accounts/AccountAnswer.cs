namespace Functions.Accounts;

/// <summary>The answer of <c>POST /register</c>.</summary>
public sealed record AccountAnswer(int Id, string Email, string Name);
