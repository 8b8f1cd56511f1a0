using System.Collections.Frozen;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.RateLimiting;

/// <summary>Callers whose limits are lifted for a while. Each instance knows them by heart, so that no request has to ask.</summary>
/// <remarks>The instance that lifts a limit knows it at once, the others when they refresh; each ends a lift by itself.</remarks>
public sealed class LiftedLimits(RedisConnection connection, TimeProvider time)
{
    /// <summary>How many callers at most, over all instances.</summary>
    public const int MaximumCallers = 100;

    /// <summary>The longest lift.</summary>
    public static readonly TimeSpan MaximumDuration = TimeSpan.FromDays(1);

    private static readonly RedisScript Lift = RedisScript.Load("RateLimiting/lift.lua");
    private static readonly RedisScript ListLifted = RedisScript.Load("RateLimiting/list_lifted.lua");
    private static readonly RedisKey[] Keys = ["{limits}:lifted"];

    private FrozenDictionary<string, DateTimeOffset> _known = FrozenDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Whether the limits of <paramref name="partition"/> are lifted, as far as this instance knows.</summary>
    public bool Contains(string partition) => _known.Count > 0 && _known.TryGetValue(partition, out var end) && time.GetUtcNow() < end;

    /// <summary>Lifts the limits of a caller, or ends that if <paramref name="duration"/> is zero.</summary>
    /// <returns>False if there are <see cref="MaximumCallers"/> others.</returns>
    public async Task<bool> LiftAsync(string partition, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(partition);
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, MaximumDuration);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var isLifted = (bool)await Lift.EvaluateAsync(
            database, Keys, [partition, (long)duration.TotalMilliseconds, MaximumCallers, (long)MaximumDuration.TotalMilliseconds]);
        await RefreshAsync(cancellationToken);
        return isLifted;
    }

    /// <summary>Reads who they are and remembers it; to be called every few seconds. One round trip.</summary>
    public async Task<IReadOnlyList<LiftedLimit>> RefreshAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisValue[])(await ListLifted.EvaluateAsync(database, Keys, []))!;
        var now = time.GetUtcNow();
        LiftedLimit[] lifted = [.. reply.Chunk(2).Select(pair => new LiftedLimit((string)pair[0]!, now + TimeSpan.FromMilliseconds((long)pair[1])))];
        _known = lifted.ToFrozenDictionary(one => one.Partition, one => one.End, StringComparer.Ordinal);
        return lifted;
    }
}
