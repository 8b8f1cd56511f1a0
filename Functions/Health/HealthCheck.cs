using System.Text.Json.Serialization;

namespace Functions.Health;

/// <summary>One thing that the application needs.</summary>
/// <param name="Status">How well it works.</param>
public sealed record HealthCheck(HealthStatus Status)
{
    /// <summary>How long the probe took, in milliseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LatencyMs { get; init; }

    /// <summary>Memory in use, as text with a unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Used { get; init; }

    /// <summary>What else is to be said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }
}
