namespace Functions.Redis.Monitoring;

/// <summary>What an instance says of itself.</summary>
/// <param name="Id">Its own, as long as it runs.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="Version">Of the application.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="MemoryBytes">Its working set.</param>
/// <param name="Tight">The callers who are nearest to a limit.</param>
public sealed record InstanceReport(
    string Id, string Host, string Version, DateTimeOffset StartedAt, long MemoryBytes, IReadOnlyList<TightCaller> Tight);
