namespace Functions.OpenApi;

/// <summary>The types of the events that carry the data, where the data have no constant <c>EventType</c>; for the OpenAPI document.</summary>
/// <param name="types">The types.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventTypesAttribute(params string[] types) : Attribute
{
    /// <summary>The types.</summary>
    public IReadOnlyList<string> Types { get; } = types;
}
