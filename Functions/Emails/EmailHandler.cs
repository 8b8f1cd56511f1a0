using Functions.Redis.Tasks;
using MimeKit;

namespace Functions.Emails;

/// <summary>Sends a mail.</summary>
/// <remarks>
/// A mail server cannot be asked whether it has a message. An attempt that is repeated after it had its effect sends the message again, under the same
/// Message-Id, by which most receiving systems drop the second.
/// </remarks>
public sealed class EmailHandler(IMailer mailer, EmailOptions options, TimeProvider time) : ITaskHandler<EmailRequest>
{
    /// <inheritdoc/>
    public static object? Describe(EmailRequest payload) => new { payload.To, payload.Subject, Body = $"{payload.Body?.Length ?? 0} characters, not shown" };

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(EmailRequest payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(context);
        var from = MailboxAddress.Parse(options.From);
        using var message = new MimeMessage([from], [Recipient.Of(payload.To)], payload.Subject ?? "", new TextPart("plain") { Text = payload.Body ?? "" })
        {
            Date = time.GetUtcNow(),
            MessageId = $"{context.IdempotencyKey}@{from.Domain}",
        };
        await mailer.DeliverAsync(message, context.IdempotencyKey, cancellationToken);
        return null;
    }
}
