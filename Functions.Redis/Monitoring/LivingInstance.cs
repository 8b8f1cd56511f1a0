namespace Functions.Redis.Monitoring;

/// <summary>An instance that has reported lately.</summary>
/// <param name="Report">What it said of itself.</param>
/// <param name="LastSeen">When, by Redis' clock.</param>
public sealed record LivingInstance(InstanceReport Report, DateTimeOffset LastSeen);
