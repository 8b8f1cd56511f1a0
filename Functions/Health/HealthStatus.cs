namespace Functions.Health;

/// <summary>How well something works.</summary>
public enum HealthStatus
{
    /// <summary>Fully.</summary>
    Healthy,

    /// <summary>Requests are answered, but not everything works.</summary>
    Degraded,

    /// <summary>Most requests cannot be answered.</summary>
    Unhealthy,
}
