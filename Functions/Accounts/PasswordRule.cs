using Functions.Data;

namespace Functions.Accounts;

/// <summary>What a password must be, after NIST SP 800-63B, section 5.1.1: long enough, not the address itself, and not one that is among the first
/// to be guessed.</summary>
public static class PasswordRule
{
    /// <summary>The fewest characters.</summary>
    public const int MinimumLength = 10;

    /// <summary>The most characters; hashing is not made to work on novels.</summary>
    public const int MaximumLength = 128;

    /// <summary>Whether the length is allowed.</summary>
    public static bool HasValidLength(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return password.Length is >= MinimumLength and <= MaximumLength;
    }

    /// <summary>Whether a password is one of the 10,000 most common, in whatever case.</summary>
    public static bool IsCommon(string password) => CommonPasswords.Contains(password);

    /// <summary>Whether a password is nothing but the account's address.</summary>
    public static bool IsAddress(string? password, string? email) =>
        password is not null && email is not null && EmailAddress.Normalize(password) == EmailAddress.Normalize(email);
}
