using Functions.Redis.Tasks;
using MimeKit;

namespace Functions.Emails;

/// <summary>Stands for the mail server where none is configured.</summary>
internal sealed class NoMailer : IMailer
{
    public bool CanDeliver => false;

    public Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken) =>
        throw new PermanentTaskException("No mail server is configured.");
}
