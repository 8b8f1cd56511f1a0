using Functions.Redis.Tasks;

namespace Functions.Users;

/// <summary>Makes one pass over what a deleted account has left, and enqueues the next one.</summary>
public sealed class LeftoversHandler(Leftovers leftovers) : ITaskHandler<LeftoversPayload>
{
    /// <inheritdoc/>
    public static object? Describe(LeftoversPayload payload) => new { payload.Account.UserId, payload.Pass };

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(LeftoversPayload payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (await leftovers.DeleteAsync(payload.Account, cancellationToken))
        {
            await leftovers.EnqueueAsync(payload with { Pass = payload.Pass + 1 }, cancellationToken);
        }

        return null;
    }
}
