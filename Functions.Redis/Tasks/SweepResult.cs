namespace Functions.Redis.Tasks;

/// <summary>What a sweep found.</summary>
/// <param name="Due">Delayed tasks that have been queued.</param>
/// <param name="Requeued">Tasks of crashed workers that have been queued again.</param>
/// <param name="Died">Tasks of crashed workers whose attempts were used up.</param>
/// <param name="Waiting">Entries in the ready lists afterwards.</param>
public readonly record struct SweepResult(long Due, long Requeued, long Died, long Waiting);
