using System.Collections.Concurrent;
using Functions.Redis.Events;

namespace Functions.Events;

/// <summary>What a stream has read and is about to send. Streams share them, as an idle one needs none.</summary>
internal sealed class EventBuffer
{
    private static readonly ConcurrentBag<EventBuffer> Free = [];

    public List<StreamedEvent> Broadcast { get; } = [];

    public List<StreamedEvent> User { get; } = [];

    public static EventBuffer Rent() => Free.TryTake(out var buffer) ? buffer : new EventBuffer();

    public static void Return(EventBuffer buffer)
    {
        buffer.Broadcast.Clear();
        buffer.User.Clear();
        Free.Add(buffer);
    }
}
