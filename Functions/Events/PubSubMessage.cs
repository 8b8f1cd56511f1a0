using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Functions.Http;

namespace Functions.Events;

/// <summary>What a pub/sub trigger hands to a function.</summary>
/// <param name="SubscriptionChannel">The channel or pattern that was subscribed to.</param>
/// <param name="Channel">Where the message was published.</param>
/// <param name="Message">The message.</param>
public sealed record PubSubMessage(string SubscriptionChannel, string Channel, string Message)
{
    /// <summary>Reads the trigger's JSON.</summary>
    /// <exception cref="JsonException">It is none: the extension has changed.</exception>
    public static PubSubMessage Parse(string json) =>
        JsonSerializer.Deserialize<PubSubMessage>(json) ?? throw new JsonException("The trigger's message is null.");

    /// <summary>The data of an event of that type; false for any other message.</summary>
    public bool TryRead<TData>(string type, [NotNullWhen(true)] out TData? data)
    {
        data = default;
        if (!Message.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(Message);
            data = document.RootElement.GetProperty("type").ValueEquals(type)
                ? document.RootElement.GetProperty("data").Deserialize<TData>(ApiJson.Options)
                : default;
            return data is not null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false; // Malformed: the worker says so.
        }
    }
}
