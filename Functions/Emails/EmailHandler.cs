using Functions.Redis.Tasks;

namespace Functions.Emails;

/// <summary>Sends a mail that an administrator wrote.</summary>
public sealed class EmailHandler(MailDelivery delivery) : ITaskHandler<EmailRequest>
{
    /// <inheritdoc/>
    public static object? Describe(EmailRequest payload) => new { payload.To, payload.Subject, Body = $"{payload.Body?.Length ?? 0} characters, not shown" };

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(EmailRequest payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        await delivery.DeliverAsync(new Mail(payload.To, payload.Subject ?? "", payload.Body ?? ""), context, cancellationToken);
        return null;
    }
}
