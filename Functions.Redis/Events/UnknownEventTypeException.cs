#pragma warning disable CA1032 // Made in one place.

namespace Functions.Redis.Events;

/// <summary>No handler is registered for the type of an event. Another instance, of a newer version, may have one.</summary>
public sealed class UnknownEventTypeException(string type) : Exception($"No handler is registered for events of type '{type}'.");
