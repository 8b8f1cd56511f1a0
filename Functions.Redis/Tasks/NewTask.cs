namespace Functions.Redis.Tasks;

/// <summary>A task to be enqueued.</summary>
/// <param name="Name">What is to be done: the name of a handler; 1 to 100 letters, digits, dots, underscores and hyphens.</param>
/// <param name="Payload">What the handler needs, as JSON in UTF-8.</param>
/// <param name="Options">How it is to be run; null for the defaults.</param>
public sealed record NewTask(string Name, ReadOnlyMemory<byte> Payload, EnqueueOptions? Options = null);
