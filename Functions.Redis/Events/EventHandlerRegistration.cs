using System.Text.Json;

namespace Functions.Redis.Events;

/// <summary>A handler under the type of its events.</summary>
internal sealed record EventHandlerRegistration(string Type, Func<string, EventEnvelope, int, CancellationToken, Task> HandleAsync)
{
    public static EventHandlerRegistration Of<TData>(string type, IEventHandler<TData> handler) => new(
        type,
        (channel, envelope, attempt, token) => handler.HandleAsync(
            new ReceivedEvent<TData>(
                channel,
                envelope.Id,
                envelope.Data.Deserialize<TData>(EventJson.Data) ?? throw new JsonException("The data is null."),
                envelope.Timestamp,
                attempt),
            token));

    /// <summary>For events that are only streamed.</summary>
    public static EventHandlerRegistration StreamOnly(string type) => new(type, (_, _, _, _) => Task.CompletedTask);
}
