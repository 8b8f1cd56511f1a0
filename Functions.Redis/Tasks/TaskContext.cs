namespace Functions.Redis.Tasks;

/// <summary>What a handler knows of the attempt that it makes.</summary>
public sealed class TaskContext
{
    private readonly Action<int>? _report;

    /// <summary>For tests of handlers.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="name">What is to be done.</param>
    /// <param name="owner">Whose task it is.</param>
    /// <param name="attempt">Which attempt this is, from 1.</param>
    /// <param name="maximumAttempts">How many there can be.</param>
    /// <param name="report">Gets the progress in percent.</param>
    /// <param name="claim">The number of the claim, from 1.</param>
    public TaskContext(
        string id, string name, string? owner = null, int attempt = 1, int maximumAttempts = 1, Action<int>? report = null, int claim = 1) =>
        (Id, Name, Owner, Attempt, MaximumAttempts, Claim, _report) = (id, name, owner, attempt, maximumAttempts, claim, report);

    /// <summary>The task's id.</summary>
    public string Id { get; }

    /// <summary>What is to be done.</summary>
    public string Name { get; }

    /// <summary>Whose task it is; null for nobody's.</summary>
    public string? Owner { get; }

    /// <summary>Which attempt this is, from 1.</summary>
    public int Attempt { get; }

    /// <summary>How many there can be.</summary>
    public int MaximumAttempts { get; }

    /// <summary>
    /// Which claim of the task this is, from 1; never used again for the task, unlike <see cref="Attempt"/>. A handler may go on for a while after
    /// it has lost its lease: what it writes under this number does not disturb the one that has the task now. The record of a task that succeeded
    /// tells whose result was accepted (<see cref="TaskRecord.Claim"/>).
    /// </summary>
    public int Claim { get; }

    /// <summary>
    /// The same in every attempt at this task, and in no other task: what is done under it (a row with it as unique key, a file named by it) is done
    /// once, though an attempt may be repeated after it had its effect.
    /// </summary>
    public string IdempotencyKey => Id;

    /// <summary>Tells how far the task is, 0 to 100 percent. Costs nothing: it is sent a few times a second at most.</summary>
    public void ReportProgress(int percent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        _report?.Invoke(percent);
    }
}
