using System.Collections.Concurrent;
using Functions.Emails;
using Functions.Tests.Servers;
using MimeKit;

namespace Functions.Tests.Application;

/// <summary>Keeps the mails of an application in memory.</summary>
public sealed class MailRecorder : IMailer
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<SentMail> _sent = new();

    /// <summary>What mails are made of; a test may set it to let deliveries fail or wait.</summary>
    public Func<MimeMessage, Task>? OnDelivery { get; set; }

    /// <summary>All mails so far.</summary>
    public IReadOnlyCollection<SentMail> Sent => _sent;

    public async Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken)
    {
        if (OnDelivery is { } before)
        {
            await before(message);
        }

        using var written = new MemoryStream();
        await message.WriteToAsync(written, cancellationToken);
        _sent.Enqueue(new SentMail(message.To.Mailboxes.Single().Address, message.Subject!, message.TextBody!, System.Text.Encoding.UTF8.GetString(written.ToArray())));
    }

    /// <summary>The mails to an address, when there are <paramref name="count"/> or more with <paramref name="subject"/> in their subject.</summary>
    public async Task<IReadOnlyList<SentMail>> WaitAsync(string to, string subject, int count = 1)
    {
        SentMail[] found = [];
        await TestPolling.EventuallyAsync(
            () => Task.FromResult((found = [.. _sent.Where(mail => mail.To == to && mail.Subject.Contains(subject, StringComparison.OrdinalIgnoreCase))]).Length >= count),
            Deadline,
            $"{count} mails '{subject}' to {to}");
        return found;
    }

    /// <summary>The token of the link in the newest mail that verifies an address.</summary>
    public async Task<string> VerificationTokenAsync(string to, int count = 1) => (await WaitAsync(to, "verify", count))[^1].Token;

    /// <summary>The token of the link in the newest mail that sets a new password.</summary>
    public async Task<string> ResetTokenAsync(string to, int count = 1) => (await WaitAsync(to, "password", count))[^1].Token;
}

/// <summary>A mail that was sent.</summary>
public sealed record SentMail(string To, string Subject, string Text, string Source)
{
    /// <summary>The link in it.</summary>
    public Uri Link => new(Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Single(word => word.StartsWith("http", StringComparison.Ordinal)));

    /// <summary>The token in the link.</summary>
    public string Token => Link.Fragment["#token=".Length..];
}
