using Functions.Data;
using Functions.Emails;
using Functions.Events;

namespace Functions.Accounts;

/// <summary>Adds mails to a change of an account: they are sent if it is committed, also if this process dies then (<see cref="Outbox"/>).</summary>
public sealed class AccountMails(Outbox outbox, IMailer mailer)
{
    /// <summary>Whether there is a way to send mail; without one nobody can verify an address.</summary>
    public bool CanBeSent => mailer.CanDeliver;

    /// <summary>Adds a mail about the account to what <paramref name="context"/> saves next.</summary>
    public void Add(AppDbContext context, int userId, AccountMail mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        if (CanBeSent)
        {
            outbox.AddForUser(context, userId, AccountMail.EventType, mail with { UserId = userId });
        }
    }

    /// <summary>Call it after the commit.</summary>
    public void Committed() => outbox.Committed();
}
