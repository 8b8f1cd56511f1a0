namespace Functions.Redis.Events;

/// <summary>An event as its handler gets it.</summary>
/// <param name="Channel">Where it was published.</param>
/// <param name="Id">The same however often it is handled.</param>
/// <param name="Data">What belongs to it.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Attempt">1 for the first attempt.</param>
public sealed record ReceivedEvent<TData>(string Channel, string Id, TData Data, DateTimeOffset Timestamp, int Attempt);
