using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace Functions.Accounts;

/// <summary>One e-mail address without display name, of at most 254 characters (RFC 5321, section 4.5.3.1.3).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EmailFormatAttribute : ValidationAttribute
{
    private const int MaximumLength = 254;

    // Legal only inside quotes, which no mail provider hands out and which invite header injection.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" \t\r\n<>\",;:()");

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => "The value is not an e-mail address.";

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is string email && IsAddress(email.Trim()));

    private static bool IsAddress(string email) =>
        email.Length <= MaximumLength
        && !email.AsSpan().ContainsAny(Forbidden)
        && MailAddress.TryCreate(email, out var address)
        && address.Address == email
        && address.Host.Contains('.')
        && !address.Host.EndsWith('.');
}
