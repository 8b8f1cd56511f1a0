namespace Functions.Accounts;

/// <summary>How setting a new password ended.</summary>
/// <param name="SessionsClosed">How many sessions were closed; null if the password was not set.</param>
/// <param name="IsAddress">Whether it was not set because it is the account's address.</param>
public sealed record PasswordResetResult(int? SessionsClosed, bool IsAddress = false)
{
    /// <summary>The token is unknown, used, void or too old.</summary>
    public static PasswordResetResult InvalidToken { get; } = new((int?)null);

    /// <summary>The password is the address; the token is not used up.</summary>
    public static PasswordResetResult PasswordIsAddress { get; } = new(null, IsAddress: true);
}
