namespace Functions.Redis.Tasks;

/// <summary>How full the queue is.</summary>
/// <param name="Queued">Tasks that wait for a worker.</param>
/// <param name="Running">Tasks under a lease.</param>
/// <param name="Delayed">Tasks that wait for their time.</param>
/// <param name="Dead">Tasks that failed for good, within their retention.</param>
/// <param name="OldestQueued">How long the oldest queued task has waited; zero if none waits.</param>
/// <param name="ThroughputPerMinute">How many tasks succeeded or died within the last minute.</param>
public sealed record QueueCounts(long Queued, long Running, long Delayed, long Dead, TimeSpan OldestQueued, long ThroughputPerMinute);
