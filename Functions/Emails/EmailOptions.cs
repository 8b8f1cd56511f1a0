using System.ComponentModel.DataAnnotations;
using MailKit.Security;
using MimeKit;

namespace Functions.Emails;

/// <summary>How mail is sent. Settings: <c>Email__…</c>.</summary>
public sealed class EmailOptions : IValidatableObject
{
    /// <summary>The mail server; null for none: then mail is written to files in Development, and refused elsewhere.</summary>
    public string? SmtpHost { get; set; }

    /// <summary>Its port; default 587.</summary>
    [Range(1, 65535)]
    public int SmtpPort { get; set; } = 587;

    /// <summary>TLS: <c>Auto</c>, <c>None</c>, <c>SslOnConnect</c>, <c>StartTls</c> or <c>StartTlsWhenAvailable</c>; default <c>Auto</c>.</summary>
    public SecureSocketOptions SmtpSecurity { get; set; } = SecureSocketOptions.Auto;

    /// <summary>The account at the mail server; null for none.</summary>
    public string? SmtpUser { get; set; }

    /// <summary>Its password.</summary>
    public string? SmtpPassword { get; set; }

    /// <summary>The sender; default <c>no-reply@localhost</c>.</summary>
    [Required]
    public string From { get; set; } = "no-reply@localhost";

    /// <summary>Where mail is written to as <c>.eml</c> files when there is no mail server; default <c>.local/mail</c>.</summary>
    public string Directory { get; set; } = Path.Combine(".local", "mail");

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!MailboxAddress.TryParse(From, out var from) || from.Domain is not { Length: > 0 })
        {
            yield return new ValidationResult($"'{From}' is not an e-mail address.", [nameof(From)]);
        }

        if (SmtpHost is { Length: > 0 } && Uri.CheckHostName(SmtpHost) == UriHostNameType.Unknown)
        {
            yield return new ValidationResult($"'{SmtpHost}' is no host name.", [nameof(SmtpHost)]);
        }

        if (SmtpUser is null != SmtpPassword is null)
        {
            yield return new ValidationResult("SmtpUser and SmtpPassword must be set together.", [nameof(SmtpUser)]);
        }
    }
}
