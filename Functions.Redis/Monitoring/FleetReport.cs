namespace Functions.Redis.Monitoring;

/// <summary>What all instances have counted.</summary>
/// <param name="Now">The time of Redis' clock.</param>
/// <param name="Minutes">The minutes in their order, each of them, the running one last.</param>
/// <param name="Instances">Who lives.</param>
public sealed record FleetReport(DateTimeOffset Now, IReadOnlyList<CountedMinute> Minutes, IReadOnlyList<LivingInstance> Instances);
