using Functions.Data;
using Functions.Redis.Tasks;
using MimeKit;

namespace Functions.Emails;

/// <summary>Whom a mail goes to.</summary>
internal static class Recipient
{
    /// <summary>The one mailbox that an address names.</summary>
    /// <exception cref="PermanentTaskException">It is no address: nothing can be sent there.</exception>
    public static MailboxAddress Of(string? email) =>
        EmailAddress.TryParse(email, out var address) && MailboxAddress.TryParse(address.Text, out var mailbox)
            ? mailbox
            : throw new PermanentTaskException("The recipient is not an e-mail address.");
}
