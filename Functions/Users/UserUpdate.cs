namespace Functions.Users;

/// <summary>How a change of an account ended.</summary>
public enum UserUpdate
{
    Updated,
    NotFound,
    EmailTaken,
    PasswordIsAddress,
}
