using Functions.Data;

namespace Functions.Users;

/// <summary>Who changes an account.</summary>
/// <param name="IsOwner">Whether it is the user's own. If not, an administrator changes it.</param>
/// <param name="KeptSessionId">The session that a new password does not close, or null.</param>
/// <param name="ConfirmedHash">The hash of the password that the owner has shown to know, or null.</param>
public sealed record UpdateAuthor(bool IsOwner, string? KeptSessionId = null, string? ConfirmedHash = null)
{
    /// <summary>Whether the author may change address and password, also if the password was changed since it was shown.</summary>
    public bool MayChangeCredentials(User user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return !IsOwner || ConfirmedHash == user.PasswordHash;
    }
}
