namespace Functions.Health;

/// <summary>The answer of <c>GET /health/live</c>.</summary>
public sealed record LivenessAnswer(string Status);
