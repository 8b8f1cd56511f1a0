using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>The keys of a queue; <c>steps/queue.lua</c> names them in the same order.</summary>
internal sealed class TaskKeys
{
    private static readonly string[] Names = ["high", "normal", "delayed", "leases", "finished", "dead", "all", "wakeup", "stale", "streak"];

    public TaskKeys(string queue)
    {
        var prefix = $"{{{queue}}}:";
        Prefix = prefix;
        All = [.. Names.Select(name => (RedisKey)(prefix + name))];
        Channel = RedisChannel.Literal(prefix + "wakeup");
    }

    /// <summary>What all keys start with.</summary>
    public RedisValue Prefix { get; }

    /// <summary>The KEYS of every script.</summary>
    public RedisKey[] All { get; }

    /// <summary>Where bells and cancellations are published.</summary>
    public RedisChannel Channel { get; }

    public RedisKey Task(string id) => $"{Prefix}task:{id}";

    public RedisKey Outcome(string id) => $"{Prefix}outcome:{id}";
}
