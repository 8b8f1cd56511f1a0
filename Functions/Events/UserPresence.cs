using Functions.OpenApi;

namespace Functions.Events;

/// <summary>The data of the events <c>user_online</c> and <c>user_offline</c>.</summary>
/// <param name="UserId">Who.</param>
[Example("""{"user_id": 5}""")]
[EventTypes(UserPresence.Online, UserPresence.Offline)]
public sealed record UserPresence(int UserId)
{
    public const string Online = "user_online";
    public const string Offline = "user_offline";
}
