namespace Functions.Data;

/// <summary>What an <see cref="AccountToken"/> is good for. Stored as numbers: they must not change.</summary>
public enum AccountTokenPurpose
{
    /// <summary>Verifies an address.</summary>
    VerifyEmail = 1,

    /// <summary>Sets a new password.</summary>
    ResetPassword = 2,
}
