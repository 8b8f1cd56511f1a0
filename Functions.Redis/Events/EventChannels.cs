using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>Removes channels that nobody needs any more.</summary>
public sealed class EventChannels(RedisConnection connection, EventOptions options)
{
    private static readonly RedisScript Forget = RedisScript.Load("Events/forget.lua");

    /// <summary>Forgets a channel with its history, with what has not been handled and with what was parked. Who publishes to it afterwards makes a new one.</summary>
    public async Task ForgetAsync(string channel, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        var keys = new EventKeys(options.KeyPrefix, channel);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        await Forget.EvaluateAsync(database, [keys.Channel, keys.History, keys.Ids, keys.Deferred, keys.Pending], [channel]);

        // Parked events of a partition lie together, and each begins with its channel.
        await foreach (var parked in database.SortedSetScanAsync(keys.Parked).WithCancellation(cancellationToken))
        {
            if (parked.Element.ToString().StartsWith($"{channel}\n", StringComparison.Ordinal))
            {
                await database.SortedSetRemoveAsync(keys.Parked, parked.Element);
            }
        }
    }
}
