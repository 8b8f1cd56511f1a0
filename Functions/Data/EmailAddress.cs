using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Functions.Http;

namespace Functions.Data;

/// <summary>An e-mail address, and how addresses are compared: by the mailbox that they lead to, not by how they are written.</summary>
/// <remarks>
/// One mailbox can be written in many ways: in upper case, in another Unicode form (NFC, NFD, full-width letters of East Asian keyboards), with the
/// domain in Unicode or in punycode. Mail servers treat them alike, or must be expected to, so one of them must not get a second account.
/// What cannot be seen is refused: it would make two addresses that look the same.
/// </remarks>
public sealed record EmailAddress
{
    /// <summary>The longest address in bytes of UTF-8 (RFC 5321, section 4.5.3.1.3, without the angle brackets).</summary>
    public const int MaximumLength = 254;

    private const int MaximumLocalLength = 64;
    private const int MaximumDomainLength = 253;
    private const int MaximumLabelLength = 63;

    // RFC 5322, section 3.2.3. What else ASCII has is legal only inside quotes, which no provider hands out and which invite header injection.
    private static readonly SearchValues<char> AtomText =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~");

    private static readonly SearchValues<char> LetterDigitHyphen = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = true };

    private EmailAddress(string text, string mailbox) => (Text, Mailbox) = (text, mailbox);

    /// <summary>The address as it is shown and written to: without blanks around it, in NFKC.</summary>
    public string Text { get; }

    /// <summary>The form that is equal for all spellings of one mailbox: in lower case and NFKC, the domain in ASCII (IDNA).</summary>
    public string Mailbox { get; }

    /// <summary>Reads an address without display name, of the form <c>local@domain</c>; false if it is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength || !UnicodeText.IsText(text) || !text.EnumerateRunes().All(IsPlain))
        {
            return false;
        }

        text = text.Normalize(NormalizationForm.FormKC);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || !IsLocalPart(text[..at]) || !TryMapDomain(text[(at + 1)..], out var domain))
        {
            return false;
        }

        var mailbox = $"{Fold(text[..at])}@{domain}";
        if (Encoding.UTF8.GetByteCount(text) > MaximumLength || Encoding.UTF8.GetByteCount(mailbox) > MaximumLength)
        {
            return false;
        }

        address = new EmailAddress(text, mailbox);
        return true;
    }

    /// <summary>
    /// The mailbox of <paramref name="text"/>; of what is no address its <see cref="Spelling"/>, so that accounts from before there were these rules
    /// are still found.
    /// </summary>
    public static string Normalize(string text) => TryParse(text, out var address) ? address.Mailbox : Spelling(text);

    /// <summary>How addresses were compared before: trimmed and in lower case.</summary>
#pragma warning disable CA1308 // Addresses are conventionally compared in lower case.
    public static string Spelling(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Trim().ToLowerInvariant();
    }

    // Also what has several lower-case forms (ς and σ) has one after it was in upper case.
    private static string Fold(string text) => text.ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormKC);
#pragma warning restore CA1308

    private static bool IsPlain(Rune rune) => !UnicodeText.IsInvisible(rune) && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // A dot-atom, with other than ASCII as RFC 6531 allows it.
    private static bool IsLocalPart(string local) =>
        local.Length > 0
        && Encoding.UTF8.GetByteCount(local) <= MaximumLocalLength
        && Array.TrueForAll(local.Split('.'), atom => atom.Length > 0)
        && local.EnumerateRunes().All(rune => rune.IsAscii ? rune.Value == '.' || AtomText.Contains((char)rune.Value) : IsPlain(rune))
        && !IsMark(Rune.GetRuneAt(local, 0));

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool TryMapDomain(string domain, [NotNullWhen(true)] out string? ascii)
    {
        ascii = null;
        try
        {
            // Punycode can spell what Unicode may not: it has to be the spelling of a name that may be, and means what that name means when it is typed.
            var name = Idn.GetUnicode(Fold(Idn.GetAscii(Fold(domain))));
            var mapped = Fold(Idn.GetAscii(Fold(name)));
            if (!IsHostName(mapped) || !name.EnumerateRunes().All(IsPlain))
            {
                return false;
            }

            ascii = mapped;
            return true;
        }
        catch (ArgumentException)
        {
            // What is no internationalized domain name.
            return false;
        }
    }

    private static bool IsHostName(string domain) =>
        domain.Length <= MaximumDomainLength
        && domain.Split('.') is { Length: > 1 } labels
        && Array.TrueForAll(labels, label =>
            label.Length is > 0 and <= MaximumLabelLength
            && !label.AsSpan().ContainsAnyExcept(LetterDigitHyphen)
            && label[0] != '-'
            && label[^1] != '-')
        && !labels[^1].All(char.IsAsciiDigit); // An IP address is no domain.
}
