using Functions.Redis.Tasks;
using MimeKit;

namespace Functions.Emails;

/// <summary>Makes messages of what tasks have to say, and delivers them.</summary>
/// <remarks>
/// A mail server cannot be asked whether it has a message. An attempt that is repeated after it had its effect sends the message again, under the same
/// Message-Id, by which most receiving systems drop the second.
/// </remarks>
public sealed class MailDelivery(IMailer mailer, EmailOptions options, TimeProvider time)
{
    /// <summary>Delivers the one mail of a task.</summary>
    /// <exception cref="PermanentTaskException">The recipient is no address, or the message is refused for good.</exception>
    /// <exception cref="RetryTaskException">It cannot be delivered now.</exception>
    public async Task DeliverAsync(Mail mail, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mail);
        ArgumentNullException.ThrowIfNull(context);
        var from = MailboxAddress.Parse(options.From);
        using var message = new MimeMessage([from], [Recipient.Of(mail.To)], mail.Subject, new TextPart("plain") { Text = mail.Text })
        {
            Date = time.GetUtcNow(),
            MessageId = $"{context.IdempotencyKey}@{from.Domain}",
        };
        if (mail.IsAutomatic)
        {
            message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: no out-of-office replies.
        }

        await mailer.DeliverAsync(message, context.IdempotencyKey, cancellationToken);
    }
}
