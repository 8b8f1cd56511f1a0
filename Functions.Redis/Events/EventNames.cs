using System.Globalization;
using System.Text.RegularExpressions;

namespace Functions.Redis.Events;

/// <summary>What channels and types of events may be called.</summary>
public static partial class EventNames
{
    /// <summary>The channel that everybody hears.</summary>
    public const string Broadcast = "broadcast";

    /// <summary>The channel of a user.</summary>
    public static string User(int userId) => string.Create(CultureInfo.InvariantCulture, $"user:{userId}");

    /// <summary>Whether <paramref name="channel"/> is that of a user.</summary>
    public static bool IsUser(string? channel) => channel is not null && UserChannel().IsMatch(channel);

    /// <summary>Whether <paramref name="type"/> is a lower-case letter followed by up to 63 lower-case letters, digits, <c>_</c>, <c>.</c> or <c>-</c>.</summary>
    public static bool IsType(string? type) => type is not null && Type().IsMatch(type);

    /// <summary>Whether <paramref name="channel"/> is 1 to 200 letters, digits or <c>: _ . -</c>.</summary>
    public static bool IsChannel(string? channel) => channel is not null && Channel().IsMatch(channel);

    [GeneratedRegex("^[a-z][a-z0-9_.-]{0,63}\\z")]
    private static partial Regex Type();

    [GeneratedRegex("^user:[1-9][0-9]{0,9}\\z")]
    private static partial Regex UserChannel();

    [GeneratedRegex("^[A-Za-z0-9:_.-]{1,200}\\z")]
    private static partial Regex Channel();
}
