using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>A handler under the type of its events.</summary>
/// <param name="Type">The type.</param>
/// <param name="HandleAsync">Reads the data and calls the handler; throws <see cref="UnreadableEventException"/> if they are not what it takes.</param>
/// <param name="IsForUsers">Whether its events are for one user each: on another channel than a user's the handler cannot take them.</param>
/// <param name="FaultsOf">What is wrong with data, by the path of the value (<c>data.order_id</c>); empty if the handler can read them.</param>
internal sealed record EventHandlerRegistration(
    string Type,
    Func<string, EventEnvelope, int, CancellationToken, Task> HandleAsync,
    bool IsForUsers,
    Func<JsonElement, IReadOnlyDictionary<string, string>> FaultsOf)
{
    private static readonly Dictionary<string, string> None = [];

    public static EventHandlerRegistration Of<TData>(string type, IEventHandler<TData> handler, bool isForUsers = false) => new(
        type,
        (channel, envelope, attempt, token) => isForUsers && !EventNames.IsUser(channel) ? throw new UnreadableEventException(type) : handler.HandleAsync(
            new ReceivedEvent<TData>(channel, envelope.Id, Read<TData>(type, envelope.Data), envelope.Timestamp, attempt), token),
        isForUsers,
        EventDataFaults.Of<TData>);

    /// <summary>For events that are only streamed.</summary>
    public static EventHandlerRegistration StreamOnly(string type) => new(type, (_, _, _, _) => Task.CompletedTask, IsForUsers: false, _ => None);

    private static TData Read<TData>(string type, JsonElement data)
    {
        try
        {
            return data.Deserialize<TData>(EventJson.Data) ?? throw new UnreadableEventException(type);
        }
        catch (Exception exception) when (EventDataFaults.IsUnreadable(exception))
        {
            throw new UnreadableEventException(type, exception);
        }
    }
}
