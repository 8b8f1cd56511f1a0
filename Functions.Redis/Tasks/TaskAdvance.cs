namespace Functions.Redis.Tasks;

/// <summary>The answer to a worker's reports.</summary>
/// <param name="Verdicts">One character per report: 1 done, 2 done and the task is dead, 0 discarded because the lease was lost.</param>
/// <param name="NextDue">When the next delayed task is due; null if there is none.</param>
/// <param name="Claimed">Tasks to run now.</param>
internal sealed record TaskAdvance(string Verdicts, TimeSpan? NextDue, TaskRecord[] Claimed);
