namespace Functions.Users;

/// <summary>The data of the event <c>user_deleted</c>, which is committed with the deletion of an account: the rest has to follow.</summary>
/// <param name="UserId">Whose account it was.</param>
/// <param name="Login">How the backoff of logins knows the address.</param>
/// <param name="LastNotification">Notifications with greater ids may have been stored after the deletion, of messages that the user had sent before.</param>
public sealed record UserDeleted(int UserId, string Login, long LastNotification)
{
    public const string EventType = "user_deleted";
}
