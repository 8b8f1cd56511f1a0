using System.Security.Cryptography;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Events;

/// <summary>The events that could not be handled.</summary>
public sealed class ParkedEvents(RedisConnection connection, EventOptions options)
{
    /// <summary>The latest of them, over all channels.</summary>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<IReadOnlyList<ParkedEvent>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var partitions = await Task.WhenAll(Enumerable.Range(0, EventKeys.Partitions).Select(partition => database.SortedSetRangeByRankWithScoresAsync(
            EventKeys.ParkedOf(options.KeyPrefix, partition), 0, limit - 1, Order.Descending, CommandFlags.DemandMaster)));
        return [.. partitions.SelectMany(parked => parked).OrderByDescending(parked => parked.Score).Take(limit).Select(Read)];
    }

    /// <summary>The one that is found by <paramref name="id"/> among the latest 1,000 of each partition; null if there is none.</summary>
    public async Task<ParkedEvent?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await FindEntryAsync(id, cancellationToken))?.Event;

    /// <summary>Forgets one; false if it is not there any more.</summary>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (await FindEntryAsync(id, cancellationToken) is not { } found)
        {
            return false;
        }

        var database = await connection.GetDatabaseAsync(cancellationToken);
        return await database.SortedSetRemoveAsync(new EventKeys(options.KeyPrefix, found.Event.Channel).Parked, found.Member);
    }

    private async Task<(ParkedEvent Event, RedisValue Member)?> FindEntryAsync(string id, CancellationToken cancellationToken)
    {
        const int looked = 1000;
        var database = await connection.GetDatabaseAsync(cancellationToken);
        for (var partition = 0; partition < EventKeys.Partitions; partition++)
        {
            var entries = await database.SortedSetRangeByRankWithScoresAsync(
                EventKeys.ParkedOf(options.KeyPrefix, partition), 0, looked - 1, Order.Descending, CommandFlags.DemandMaster);
            foreach (var entry in entries)
            {
                if (IdOf(entry.Element) == id)
                {
                    return (Read(entry), entry.Element);
                }
            }
        }

        return null;
    }

    // As the worker writes it: channel, reason and message, between line feeds.
    private static ParkedEvent Read(SortedSetEntry entry)
    {
        var parts = entry.Element.ToString().Split('\n', 3);
        return new ParkedEvent(
            IdOf(entry.Element), parts[0], parts.ElementAtOrDefault(1) ?? "", DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Score), parts.ElementAtOrDefault(2) ?? "");
    }

    private static string IdOf(RedisValue member) => Convert.ToHexStringLower(SHA256.HashData((byte[])member!).AsSpan(0, 16));
}
