using Functions.OpenApi;

namespace Functions.Users;

/// <summary>The data of the event <c>user_deleted</c>, which is committed with the deletion of an account: the rest has to follow.</summary>
/// <param name="UserId">Whose account it was.</param>
/// <param name="Login">How the backoff of logins knows the address.</param>
/// <param name="LastNotification">Notifications with greater ids may have been stored after the deletion, of messages that the user had sent before.</param>
[Example("""{"user_id": 5, "login": "mJ9s0Yx2kQ7vZ1c3b5n7m9", "last_notification": 7}""")]
public sealed record UserDeleted(int UserId, string Login, long LastNotification)
{
    public const string EventType = "user_deleted";
}
