using System.Globalization;
using System.Text.Json;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Monitoring;

/// <summary>
/// Where the counters of all instances meet: one hash for each minute, kept for <see cref="Retention"/>, and the instances that have reported within
/// <see cref="InstanceLifetime"/>.
/// </summary>
/// <remarks>
/// The minute is that of Redis' clock. What an instance has counted is lost if it dies before its next report, and may be counted twice if the answer to a
/// report is lost: these are figures to look at, not to settle accounts by.
/// </remarks>
public sealed class FleetMonitor(RedisConnection connection, InstanceCounters counters)
{
    /// <summary>How many minutes are kept.</summary>
    public const int RetainedMinutes = 180;

    /// <summary>How long minutes are kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromMinutes(RetainedMinutes);

    /// <summary>How long an instance is listed after its last report.</summary>
    public static readonly TimeSpan InstanceLifetime = TimeSpan.FromSeconds(30);

    private const string Prefix = "{monitor}:";

    private static readonly RedisScript Report = RedisScript.Load("Monitoring/report.lua");
    private static readonly RedisScript Read = RedisScript.Load("Monitoring/read.lua");
    private static readonly RedisScript Leave = RedisScript.Load("Monitoring/leave.lua");
    private static readonly RedisKey[] Keys = [$"{Prefix}instances", $"{Prefix}about"];

    /// <summary>Tells what has been counted here since the last report, and that this instance lives. One round trip.</summary>
    /// <param name="instance">Who reports.</param>
    /// <param name="redisMemory">What the servers of Redis hold together now, in bytes; null if it is not known.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task ReportAsync(InstanceReport instance, long? redisMemory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(instance);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var taken = counters.Take();
        try
        {
            await Report.EvaluateAsync(database, Keys,
            [
                Prefix, instance.Id, JsonSerializer.Serialize(instance), (long)Retention.TotalMilliseconds, (long)InstanceLifetime.TotalMilliseconds,
                redisMemory ?? -1, .. taken.SelectMany(counter => new RedisValue[] { counter.Name, counter.Amount }),
            ]);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            taken.ForEach(counter => counters.Add(counter.Name, counter.Amount)); // For the next report.
            throw;
        }
    }

    /// <summary>Takes an instance that stops from the list.</summary>
    public async Task LeaveAsync(string instanceId, CancellationToken cancellationToken) =>
        await Leave.EvaluateAsync(await connection.GetDatabaseAsync(cancellationToken), Keys, [instanceId]);

    /// <summary>The last <paramref name="minutes"/>, the one that runs included, and the instances. One round trip.</summary>
    public async Task<FleetReport> ReadAsync(int minutes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minutes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minutes, (int)Retention.TotalMinutes);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await Read.EvaluateAsync(database, Keys, [Prefix, minutes, (long)InstanceLifetime.TotalMilliseconds]))!;
        var now = DateTimeOffset.FromUnixTimeMilliseconds((long)reply[0]);
        var buckets = (RedisResult[])reply[1]!;
        var first = (now.ToUnixTimeSeconds() / 60) - minutes + 1;
        var instances = ((string[])reply[2]!).Chunk(2).Select(pair => (
            Report: JsonSerializer.Deserialize<InstanceReport>(pair[1])!,
            Seen: DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(pair[0], CultureInfo.InvariantCulture))));
        return new FleetReport(
            now,
            [.. buckets.Select((bucket, i) => new CountedMinute(DateTimeOffset.FromUnixTimeSeconds((first + i) * 60), Counts((string[])bucket!)))],
            [.. instances.Select(one => new LivingInstance(one.Report, one.Seen)).OrderBy(one => one.Report.StartedAt)]);
    }

    private static Dictionary<string, long> Counts(string[] fields) =>
        fields.Chunk(2).ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
