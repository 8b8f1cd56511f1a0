using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>The transitions of channels that workers and readers make.</summary>
internal sealed class EventChannelStore(RedisConnection connection, EventOptions options)
{
    private const int BatchSize = 50;
    private const int DeferredAtOnce = 1000;
    private const int SweptAtOnce = 100;

    private static readonly RedisScript Read = RedisScript.Load("Events/read.lua");
    private static readonly RedisScript Claim = RedisScript.Load("Events/claim.lua");
    private static readonly RedisScript Settle = RedisScript.Load("Events/settle.lua");
    private static readonly RedisScript Defer = RedisScript.Load("Events/defer.lua");
    private static readonly RedisScript Release = RedisScript.Load("Events/release.lua");
    private static readonly RedisScript Park = RedisScript.Load("Events/park.lua");
    private static readonly RedisScript Sweep = RedisScript.Load("Events/sweep.lua");

    private readonly RedisValue _lease = (long)options.LeaseDuration.TotalMilliseconds;
    private readonly RedisValue _lifetime = (long)options.ChannelLifetime.TotalMilliseconds;
    private readonly RedisValue _parkedLifetime = (long)options.ParkedLifetime.TotalMilliseconds;

    /// <summary>Reads what follows a position; null for the head of the channel.</summary>
    public async Task<EventHistory> ReadAsync(string channel, long? after, int limit, CancellationToken cancellationToken)
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await Read.EvaluateAsync(
            database, [keys.Channel, keys.History, keys.Ids], [after ?? RedisValue.EmptyString, limit, _lifetime]))!;
        return new EventHistory((long)reply[0], (long)reply[1], Envelopes(reply[2]));
    }

    /// <summary>Leases the channel and returns what is to be handled, or null if there is nothing or another worker has it.</summary>
    public async Task<EventClaim?> ClaimAsync(string channel, string token, CancellationToken cancellationToken)
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var result = await Claim.EvaluateAsync(
            database, [keys.Channel, keys.History, keys.Deferred, keys.Pending], [channel, token, _lease, BatchSize, DeferredAtOnce]);
        if (result.IsNull)
        {
            return null;
        }

        var reply = (RedisResult[])result!;
        var deferred = (RedisResult[])reply[0]!;
        return new EventClaim(
            [.. deferred.Chunk(3).Select(entry => new DeferredEvent(
                Parse((string)entry[0]!), int.Parse((string)entry[1]!, null), TimeSpan.FromMilliseconds(double.Parse((string)entry[2]!, System.Globalization.CultureInfo.InvariantCulture))))],
            Envelopes(reply[1]));
    }

    /// <summary>False if another worker has taken the channel over.</summary>
    public async Task<bool> SettleAsync(string channel, string token, long sequence, string id, string parked = "")
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(CancellationToken.None);
        return (bool)await Settle.EvaluateAsync(
            database, [keys.Channel, keys.Deferred, keys.Pending, keys.Parked, keys.Ids], [channel, token, _lease, sequence, parked, _parkedLifetime, id]);
    }

    /// <summary>False if another worker has taken the channel over.</summary>
    public async Task<bool> DeferAsync(string channel, string token, long sequence, int attempts, TimeSpan delay)
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(CancellationToken.None);
        return (bool)await Defer.EvaluateAsync(
            database, [keys.Channel, keys.Deferred, keys.Pending], [channel, token, _lease, sequence, attempts, (long)delay.TotalMilliseconds, _lifetime]);
    }

    /// <summary>True if events have come meanwhile, and the worker still has the channel.</summary>
    public async Task<bool> ReleaseAsync(string channel, string token, bool evenIfMore)
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(CancellationToken.None);
        return (bool)await Release.EvaluateAsync(database, [keys.Channel, keys.Deferred, keys.Pending], [channel, token, evenIfMore ? 1 : 0]);
    }

    /// <summary>Parks what is no event; false if it is parked already.</summary>
    public async Task<bool> ParkAsync(string channel, string kept, CancellationToken cancellationToken)
    {
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        return (bool)await Park.EvaluateAsync(database, [keys.Parked], [kept, _parkedLifetime]);
    }

    /// <summary>Channels that somebody has to look after, by partition; the tasks of partitions that cannot be read fail, the others do not.</summary>
    public async Task<IReadOnlyList<Task<string[]>>> SweepAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        Task<string[]>[] partitions = [.. Enumerable.Range(0, EventKeys.Partitions).Select(SweepAsync)];
        return partitions;

        async Task<string[]> SweepAsync(int partition) =>
            (string[])(await Sweep.EvaluateAsync(database, [EventKeys.PendingOf(options.KeyPrefix, partition)], [SweptAtOnce]))!;
    }

    /// <summary>How many events are parked.</summary>
    public async Task<long> CountParkedAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var counts = await Task.WhenAll(Enumerable.Range(0, EventKeys.Partitions).Select(partition =>
            database.SortedSetLengthAsync(EventKeys.ParkedOf(options.KeyPrefix, partition), flags: CommandFlags.DemandMaster)));
        return counts.Sum();
    }

    private static EventEnvelope[] Envelopes(RedisResult reply) => Array.ConvertAll((string[])reply!, Parse);

    private static EventEnvelope Parse(string text) => EventEnvelope.TryParse(text, out var envelope)
        ? envelope
        : throw new InvalidOperationException("A history has an entry that no publisher has written.");
}
