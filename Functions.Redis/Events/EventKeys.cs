using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>The keys of a channel. Channels are spread over partitions, and each partition has one hash tag: so a script can change a channel and the list of pending channels together.</summary>
internal readonly struct EventKeys
{
    /// <summary>How many partitions there are. Another number would lose sight of what is stored.</summary>
    public const int Partitions = 32;

    public EventKeys(string prefix, string channel)
    {
        var partition = PartitionOf(channel);
        var tag = Tag(prefix, partition);
        Channel = $"{tag}channel:{channel}";
        History = $"{tag}history:{channel}";
        Ids = $"{tag}ids:{channel}";
        Deferred = $"{tag}deferred:{channel}";
        Pending = PendingOf(prefix, partition);
        Parked = ParkedOf(prefix, partition);
    }

    public RedisKey Channel { get; }

    public RedisKey History { get; }

    public RedisKey Ids { get; }

    public RedisKey Deferred { get; }

    public RedisKey Pending { get; }

    public RedisKey Parked { get; }

    public static RedisKey PendingOf(string prefix, int partition) => $"{Tag(prefix, partition)}pending";

    public static RedisKey ParkedOf(string prefix, int partition) => $"{Tag(prefix, partition)}parked";

    /// <summary>FNV-1a: the same in every process and version.</summary>
    public static int PartitionOf(string channel)
    {
        var hash = 2166136261u;
        foreach (var character in channel)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return (int)(hash % Partitions);
    }

    private static string Tag(string prefix, int partition) => $"{{{prefix}{partition}}}:";
}
