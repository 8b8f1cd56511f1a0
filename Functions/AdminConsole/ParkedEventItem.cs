using System.Text.Json;
using Functions.Redis.Events;

namespace Functions.AdminConsole;

/// <summary>An event that could not be handled.</summary>
/// <param name="Id">A handle to retry or drop it by.</param>
/// <param name="Channel">Where it was published.</param>
/// <param name="Reason">Why it could not be handled.</param>
/// <param name="ParkedAt">Since when it is given up.</param>
/// <param name="Type">What it tells of; null for a message that is no event.</param>
/// <param name="EventId">The event's own id; null likewise.</param>
/// <param name="Data">What belongs to it; null likewise.</param>
/// <param name="CanRetry">Whether it can be published again.</param>
public sealed record ParkedEventItem(
    string Id, string Channel, string Reason, DateTimeOffset ParkedAt, string? Type, string? EventId, JsonElement? Data, bool CanRetry)
{
    internal static ParkedEventItem Of(ParkedEvent parked)
    {
        var envelope = parked.Envelope;
        return new(parked.Id, parked.Channel, parked.Reason, parked.ParkedAt, envelope?.Type, envelope?.Id, envelope?.Data, envelope is not null);
    }
}
