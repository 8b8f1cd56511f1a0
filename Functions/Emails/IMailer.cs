using MimeKit;

namespace Functions.Emails;

/// <summary>Delivers mail.</summary>
public interface IMailer
{
    /// <summary>Whether there is anything to deliver with; false where no mail server is configured.</summary>
    bool CanDeliver => true;

    /// <summary>Delivers a message.</summary>
    /// <exception cref="Redis.Tasks.PermanentTaskException">The message is refused for good.</exception>
    /// <exception cref="Redis.Tasks.RetryTaskException">It cannot be delivered now.</exception>
    Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken);
}
