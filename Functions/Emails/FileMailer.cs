using MimeKit;

namespace Functions.Emails;

/// <summary>Writes mail to a directory, for development: one <c>.eml</c> file per task.</summary>
internal sealed class FileMailer(EmailOptions options) : IMailer
{
    public async Task DeliverAsync(MimeMessage message, string id, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(options.Directory).FullName;
        var temporary = Path.Combine(directory, $"{id}.tmp");
        await message.WriteToAsync(temporary, cancellationToken);
        File.Move(temporary, Path.Combine(directory, $"{id}.eml"), overwrite: true);
    }
}
