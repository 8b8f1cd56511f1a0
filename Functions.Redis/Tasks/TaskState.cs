namespace Functions.Redis.Tasks;

/// <summary>Where a task is in its life; <c>docs/tasks.md</c> draws the transitions.</summary>
public enum TaskState
{
    /// <summary>Waits for a worker.</summary>
    Queued,

    /// <summary>Waits for its time: its first, or that of the next attempt.</summary>
    Delayed,

    /// <summary>A worker holds its lease.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Failed for good: its attempts are used up, or a further one is pointless.</summary>
    Dead,

    /// <summary>Called off.</summary>
    Cancelled,
}
