using Functions.Data;
using Functions.Http;

namespace Functions.Accounts;

/// <summary>What a password must be, after NIST SP 800-63B, section 5.1.1: long enough, not the address itself, and not one that is among the first
/// to be guessed.</summary>
/// <remarks>Passwords are compared as RFC 8265 says: everything here looks at the prepared form (<see cref="Prepare"/>).</remarks>
public static class PasswordRule
{
    /// <summary>The fewest characters.</summary>
    public const int MinimumLength = 10;

    /// <summary>The most characters; hashing is not made to work on novels.</summary>
    public const int MaximumLength = 128;

    private static readonly TextLengthAttribute Length = new(MaximumLength) { Minimum = MinimumLength };

    /// <summary>What is wrong with a new password of the account with this address, as a sentence, or null.</summary>
    public static string? FindError(string password, string? email = null)
    {
        ArgumentNullException.ThrowIfNull(password);
        return !HasValidLength(password) ? $"The password must have {MinimumLength} to {MaximumLength} characters."
            : !OpaqueString.TryPrepare(password, out var prepared) ? "The password has a character that cannot be typed reliably, such as a control or a joiner."
            : !HasValidLength(prepared) ? $"The password must have {MinimumLength} to {MaximumLength} characters."
            : IsCommon(prepared) ? "The password is one of the 10,000 most common."
            : IsAddress(prepared, email) ? "The password must not be the e-mail address."
            : null;
    }

    /// <summary>The form of a password that is hashed; the password itself where the profile refuses it, which only hashes from before can match.</summary>
    public static string Prepare(string password) => OpaqueString.TryPrepare(password, out var prepared) ? prepared : password;

    /// <summary>Whether the length is allowed.</summary>
    public static bool HasValidLength(string password) => Length.FindError(password) is null;

    /// <summary>Whether a password is one of the 10,000 most common, in whatever case.</summary>
    public static bool IsCommon(string password) => CommonPasswords.Contains(password);

    /// <summary>Whether a password is nothing but the account's address.</summary>
    public static bool IsAddress(string? password, string? email) =>
        password is not null && email is not null && EmailAddress.Normalize(password) == EmailAddress.Normalize(email);
}
