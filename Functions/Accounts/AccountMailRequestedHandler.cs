using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.Accounts;

/// <summary>Makes a task of a mail that a committed change asks for, once.</summary>
public sealed class AccountMailRequestedHandler(TaskQueue queue) : IEventHandler<AccountMail>
{
    /// <inheritdoc/>
    public async Task HandleAsync(ReceivedEvent<AccountMail> received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(received);
        await queue.EnqueueAsync(
            TaskNames.SendAccountMail,
            received.Data,
            new EnqueueOptions { Priority = TaskPriority.High, IdempotencyKey = $"{AccountMail.EventType}:{received.Id}" },
            cancellationToken);
    }
}
