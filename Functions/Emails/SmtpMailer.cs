using System.Net.Sockets;
using Functions.Redis.Tasks;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace Functions.Emails;

/// <summary>Hands mail to a mail server.</summary>
internal sealed class SmtpMailer(EmailOptions options) : IMailer
{
    private const int TimeoutMilliseconds = 30_000;
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(2);

    public async Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken)
    {
        using var client = new SmtpClient { Timeout = TimeoutMilliseconds };
        try
        {
            await client.ConnectAsync(options.SmtpHost!, options.SmtpPort, options.SmtpSecurity, cancellationToken);
            if (options is { SmtpUser: { } user, SmtpPassword: { } password })
            {
                await client.AuthenticateAsync(user, password, cancellationToken);
            }

            await client.SendAsync(message, cancellationToken);
        }
        catch (SmtpCommandException exception) when ((int)exception.StatusCode >= 500)
        {
            throw new PermanentTaskException($"The mail server refused the message ({(int)exception.StatusCode}).", exception);
        }
        catch (SmtpCommandException exception)
        {
            throw new RetryTaskException($"The mail server did not take the message now ({(int)exception.StatusCode}).", exception);
        }
        catch (NotSupportedException exception)
        {
            throw new PermanentTaskException("The mail server does not support what it takes to send the message.", exception);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ProtocolException or TimeoutException)
        {
            throw new RetryTaskException("The mail server cannot be reached.", exception);
        }

        // The server has taken the message: how it says goodbye does not matter, and another attempt would send it twice.
        using var goodbye = new CancellationTokenSource(GoodbyeLimit);
        await client.DisconnectAsync(quit: true, goodbye.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
