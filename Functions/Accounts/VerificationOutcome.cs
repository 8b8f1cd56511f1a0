namespace Functions.Accounts;

/// <summary>How the verification of an address ended.</summary>
public enum VerificationOutcome
{
    Verified,

    /// <summary>The token is unknown, used, void or too old.</summary>
    InvalidToken,

    /// <summary>The address has got another account since the link was sent.</summary>
    EmailTaken,
}
