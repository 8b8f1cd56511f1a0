namespace Functions.Users;

/// <summary>How a change of an account ended.</summary>
public enum UserUpdate
{
    Updated,

    /// <summary>The rest is changed; the address will be once it is verified, for which a mail is sent.</summary>
    VerificationSent,

    NotFound,
    EmailTaken,
    PasswordIsAddress,

    /// <summary>Nothing is changed: the user must show to know the present password.</summary>
    NotConfirmed,

    /// <summary>The account is not as the request's <see cref="Http.Preconditions"/> want it.</summary>
    PreconditionFailed,
}
