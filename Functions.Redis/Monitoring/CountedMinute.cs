namespace Functions.Redis.Monitoring;

/// <summary>What all instances have counted in a minute.</summary>
/// <param name="Start">Its first moment.</param>
/// <param name="Counts">The sums by name; <c>redis.memory</c> is the last that was reported, in bytes. Empty where nothing was.</param>
public sealed record CountedMinute(DateTimeOffset Start, IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>What was reported as the memory of Redis.</summary>
    public const string RedisMemory = "redis.memory";

    /// <summary>The sum of a name; 0 where nothing was counted.</summary>
    public long this[string name] => Counts.GetValueOrDefault(name);
}
