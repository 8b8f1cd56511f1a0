namespace Functions.Redis.Tasks;

/// <summary>How a task is to be run.</summary>
public sealed record EnqueueOptions
{
    /// <summary>The id, from <see cref="TaskQueue.NewId"/>, where it must be known before; default: a new one. If there is a task with it, that one is returned and nothing is enqueued.</summary>
    public string? Id { get; init; }

    /// <summary>Which tasks go first; default normal.</summary>
    public TaskPriority Priority { get; init; }

    /// <summary>How long not to start it, up to 30 days; default zero.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How often it is tried at most, 1 to 999; default <see cref="TaskOptions.MaximumAttempts"/>.</summary>
    public int? MaximumAttempts { get; init; }

    /// <summary>
    /// Enqueues once: while the key is remembered (<see cref="TaskOptions.IdempotencyRetention"/>), enqueueing with it again returns the first task,
    /// whatever else is asked for. Up to 255 characters.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whose task it is, for listing: up to 100 characters without line feeds; null for nobody's.</summary>
    public string? Owner { get; init; }
}
