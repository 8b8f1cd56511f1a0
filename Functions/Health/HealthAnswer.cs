namespace Functions.Health;

/// <summary>The answer of <c>GET /health</c>.</summary>
public sealed record HealthAnswer(HealthStatus Status, IReadOnlyDictionary<string, HealthCheck> Checks);
