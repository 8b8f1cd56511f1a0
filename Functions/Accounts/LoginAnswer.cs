namespace Functions.Accounts;

/// <summary>The answer of <c>POST /login</c>.</summary>
/// <param name="SessionId">The token for the header <c>X-Session-ID</c>.</param>
/// <param name="User">Who has signed in.</param>
public sealed record LoginAnswer(string SessionId, SignedInUser User);
