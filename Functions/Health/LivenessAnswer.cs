using Functions.OpenApi;

namespace Functions.Health;

/// <summary>The answer of <c>GET /health/live</c>.</summary>
[Example("""{"status": "alive"}""")]
public sealed record LivenessAnswer(string Status);
