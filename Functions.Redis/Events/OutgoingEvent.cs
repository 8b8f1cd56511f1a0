using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>An event to publish.</summary>
/// <param name="Channel">Where to.</param>
/// <param name="Id">What it is known by; publishing the same id again does nothing as long as the history has it.</param>
/// <param name="Type">What has happened.</param>
/// <param name="Data">What belongs to it.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record OutgoingEvent(string Channel, string Id, string Type, JsonElement Data, DateTimeOffset Timestamp)
{
    /// <summary>The length of ids.</summary>
    public const int IdLength = 32;

    /// <summary>The trace that it comes from (W3C Trace Context), or null.</summary>
    public string? Traceparent { get; init; }

    /// <summary>Whether <see cref="IEventConfirmation"/> is to hear when it has been handled.</summary>
    public bool Confirm { get; init; }

    /// <summary>The id of an event that must be in the channel's history before; null for none.</summary>
    public string? After { get; init; }

    /// <summary>A new id; later ones are greater.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString("N");
}
