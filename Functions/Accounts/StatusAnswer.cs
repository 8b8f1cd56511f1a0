using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>POST /logout</c>, and of others that have nothing to tell but that it is done.</summary>
[Example("""{"status": "ok"}""")]
public sealed record StatusAnswer(string Status);
