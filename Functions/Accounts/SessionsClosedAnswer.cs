using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>POST /logout/all</c>.</summary>
[Example("""{"sessions_closed": 3}""")]
public sealed record SessionsClosedAnswer(int SessionsClosed);
