using System.Globalization;
using System.Net;

namespace Functions.Tests.Servers;

/// <summary>
/// A master and a replica, watched by three sentinels (quorum 2) that notice a dead master within two seconds.
/// </summary>
public sealed class RedisSentinel : IRedisServer
{
    /// <summary>The name under which the sentinels know the master.</summary>
    public const string ServiceName = "primary";

    private const int SentinelCount = 3;
    private const int Quorum = 2;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);

    private RedisSentinel(IReadOnlyList<RedisProcess> nodes, IReadOnlyList<RedisProcess> sentinels)
    {
        Nodes = nodes;
        Sentinels = sentinels;
    }

    /// <summary>The two servers that hold data. The first started as the master.</summary>
    public IReadOnlyList<RedisProcess> Nodes { get; }

    public IReadOnlyList<RedisProcess> Sentinels { get; }

    public string ConnectionString =>
        string.Join(',', Sentinels.Select(sentinel => sentinel.ConnectionString).Append($"serviceName={ServiceName}"));

    public IReadOnlyList<IPEndPoint> Endpoints => [.. Nodes.SelectMany(node => node.Endpoints)];

    public static async Task<RedisSentinel> StartNewAsync()
    {
        var master = await RedisProcess.StartNewAsync();
        var replica = await RedisProcess.StartNewAsync(settings: $"replicaof 127.0.0.1 {master.Port}");
        // Sentinels ask the master for its replicas when they start, and then only every ten seconds.
        await WaitForReplicaAsync(replica);

        var sentinels = await Task.WhenAll(Enumerable.Range(0, SentinelCount).Select(i => RedisProcess.StartNewSentinelAsync(
            $"sentinel monitor {ServiceName} 127.0.0.1 {master.Port} {Quorum}",
            // The third waits longer, so that it votes and does not stand: three candidates split the votes.
            $"sentinel down-after-milliseconds {ServiceName} {(i < Quorum ? 1_500 : 3_000)}",
            // An election without a winner is repeated after twice this time.
            $"sentinel failover-timeout {ServiceName} 1000")));
        var group = new RedisSentinel([master, replica], sentinels);
        try
        {
            await group.WaitUntilWatchedAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>The master, as the sentinels see it.</summary>
    public async Task<RedisProcess> FindMasterAsync()
    {
        var port = await MasterPortAsync(Sentinels.First(sentinel => sentinel.IsRunning));
        return Nodes.Single(node => node.Port == port);
    }

    /// <summary>Kills the master and returns the replica when it is master in its place. <see cref="StartAsync"/> brings the other back.</summary>
    public async Task<RedisProcess> FailOverAsync()
    {
        var old = await FindMasterAsync();
        var next = Nodes.Single(node => node != old);
        await old.KillAsync();
        await TestPolling.EventuallyAsync(async () => await next.CallAsync("ROLE") is object?[] and ["master", ..], ReadyTimeout,
            $"the replica on port {next.Port} to become master");
        foreach (var sentinel in Sentinels.Where(sentinel => sentinel.IsRunning))
        {
            await TestPolling.EventuallyAsync(async () => await MasterPortAsync(sentinel) == next.Port, ReadyTimeout,
                $"the sentinel on port {sentinel.Port} to announce the new master on port {next.Port}");
        }
        return next;
    }

    public Task StopAsync() => Task.WhenAll(Sentinels.Concat(Nodes).Select(process => process.StopAsync()));

    public Task KillAsync() => Task.WhenAll(Sentinels.Concat(Nodes).Select(process => process.KillAsync()));

    public async Task StartAsync()
    {
        await Task.WhenAll(Sentinels.Concat(Nodes).Select(process => process.StartAsync()));
        await WaitUntilWatchedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Sentinels.Concat(Nodes))
            await process.DisposeAsync();
    }

    private async Task WaitUntilWatchedAsync()
    {
        await Task.WhenAll(Sentinels.Select(HurryAsync));
        foreach (var sentinel in Sentinels)
        {
            await TestPolling.EventuallyAsync(async () => await KnowsAllAsync(sentinel), ReadyTimeout,
                $"the sentinel on port {sentinel.Port} to know the master, the replica and the other sentinels");
        }
        var master = await FindMasterAsync();
        await WaitForReplicaAsync(Nodes.Single(node => node != master));
    }

    /// <summary>Shortens the periods at which sentinels ask and tell, which are seconds and only can be changed while they run.</summary>
    private static async Task HurryAsync(RedisProcess sentinel)
    {
        try
        {
            // PING-PERIOD has two sides: nearer to down-after-milliseconds a living server looks dead; and a replica is only promoted
            // if its INFO, which comes once a second then, is not older than five of them.
            await sentinel.CallAsync("SENTINEL", "DEBUG", "PUBLISH-PERIOD", "100", "INFO-PERIOD", "500", "PING-PERIOD", "300", "ASK-PERIOD", "100",
                "MIN-LINK-RECONNECT-PERIOD", "1000", "TILT-PERIOD", "1000");
        }
        catch (RespException)
        {
            // Older than Redis 7: it takes longer.
        }
    }

    private static async Task<bool> KnowsAllAsync(RedisProcess sentinel)
    {
        var fields = ((object?[])(await sentinel.CallAsync("SENTINEL", "MASTER", ServiceName))!).Cast<string>().ToArray();
        var state = fields.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        return state["flags"] == "master" && state["num-slaves"] == "1"
            && state["num-other-sentinels"] == (SentinelCount - 1).ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<int> MasterPortAsync(RedisProcess sentinel)
    {
        var address = (object?[])(await sentinel.CallAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", ServiceName))!;
        return int.Parse((string)address[1]!, CultureInfo.InvariantCulture);
    }

    private static Task WaitForReplicaAsync(RedisProcess replica) =>
        TestPolling.EventuallyAsync(async () => await replica.CallAsync("ROLE") is object?[] and ["slave", _, _, "connected", ..], ReadyTimeout,
            $"the server on port {replica.Port} to replicate its master");
}
