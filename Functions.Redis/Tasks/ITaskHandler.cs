namespace Functions.Redis.Tasks;

/// <summary>Does the work of tasks of one name. Every attempt has a scope of services of its own.</summary>
/// <remarks>
/// An attempt can be repeated after it had its effect (the process died before it could say so): the effect must be harmless when repeated, for which
/// <see cref="TaskContext.IdempotencyKey"/> helps.
/// </remarks>
/// <typeparam name="TPayload">What the task carries, as JSON.</typeparam>
public interface ITaskHandler<in TPayload>
{
    /// <summary>Makes an attempt.</summary>
    /// <param name="payload">What the task carries.</param>
    /// <param name="context">The attempt.</param>
    /// <param name="cancellationToken">Cancelled when the attempt must stop: the task was cancelled, its lease was lost, or the instance stops.</param>
    /// <returns>The task's result, kept as JSON, or null.</returns>
    /// <exception cref="PermanentTaskException">Another attempt would fail as well: the task is dead.</exception>
    /// <exception cref="RetryTaskException">The attempt failed, and the handler knows when the next one makes sense.</exception>
    Task<object?> HandleAsync(TPayload payload, TaskContext context, CancellationToken cancellationToken);

    /// <summary>
    /// What of a payload administrators may look at, as a value that is written as JSON; null for nothing, which is the default: only the handler knows what of it is
    /// private.
    /// </summary>
    static virtual object? Describe(TPayload payload) => null;
}
