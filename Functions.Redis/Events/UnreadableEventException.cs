#pragma warning disable CA1032 // Made in one place.

namespace Functions.Redis.Events;

/// <summary>The data of an event are not what its handler takes. Trying again does not change them.</summary>
public sealed class UnreadableEventException(string type, Exception? innerException = null)
    : Exception($"The data are not what the handler of events of type '{type}' takes.", innerException);
