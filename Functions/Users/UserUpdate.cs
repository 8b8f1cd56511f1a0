namespace Functions.Users;

/// <summary>How a change of an account ended.</summary>
public enum UserUpdate
{
    Updated,
    NotFound,
    EmailTaken,
    PasswordIsAddress,

    /// <summary>The account is not as the request's <see cref="Http.Preconditions"/> want it.</summary>
    PreconditionFailed,
}
