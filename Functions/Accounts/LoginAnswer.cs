using Functions.OpenApi;

namespace Functions.Accounts;

/// <summary>The answer of <c>POST /login</c>.</summary>
/// <param name="SessionId">The token for the header <c>X-Session-ID</c>.</param>
/// <param name="User">Who has signed in.</param>
[Example("""{"session_id": "Zk3vXb0pQ1y7c2u9r4t6w8e5a1s3d7f9g2h4j6k8l0M", "user": {"id": 5, "name": "Ada Lovelace"}}""")]
public sealed record LoginAnswer(string SessionId, SignedInUser User);
