using Functions.OpenApi;

namespace Functions.Health;

/// <summary>The answer of <c>GET /health</c>.</summary>
[Example("""{"status": "healthy", "checks": {"redis": {"status": "healthy", "latency_ms": 0.4}, "redis_memory": {"status": "healthy", "used": "12.3 MiB"}, "postgres": {"status": "healthy", "latency_ms": 1.2}}}""")]
public sealed record HealthAnswer(HealthStatus Status, IReadOnlyDictionary<string, HealthCheck> Checks);
