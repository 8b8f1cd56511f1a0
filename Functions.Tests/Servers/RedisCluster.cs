using System.Globalization;
using System.Net;

namespace Functions.Tests.Servers;

/// <summary>A Redis Cluster of three masters, optionally with a replica each, all with a low node timeout.</summary>
public sealed class RedisCluster : IRedisServer
{
    private const int MasterCount = 3;
    private const int SlotCount = 16_384;

    private static readonly string[] Settings =
    [
        "cluster-enabled yes",
        "cluster-config-file nodes.conf",
        // Two seconds: short for a failover test, long enough that a busy machine does not look like a dead node.
        "cluster-node-timeout 2000",
    ];
    private static readonly TimeSpan FormTimeout = TimeSpan.FromSeconds(30);

    private RedisCluster(IReadOnlyList<RedisProcess> nodes) => Nodes = nodes;

    /// <summary>All nodes. The first three started as masters, the others as their replicas in the same order.</summary>
    public IReadOnlyList<RedisProcess> Nodes { get; }

    public string ConnectionString => string.Join(',', Nodes.Select(node => node.ConnectionString));

    public IReadOnlyList<IPEndPoint> Endpoints => [.. Nodes.SelectMany(node => node.Endpoints)];

    public static async Task<RedisCluster> StartNewAsync(bool replicas = false)
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, replicas ? 2 * MasterCount : MasterCount)
            .Select(_ => RedisProcess.StartNewAsync(settings: Settings)));
        var cluster = new RedisCluster(nodes);
        try
        {
            await cluster.FormAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The master that serves a key at present.</summary>
    public async Task<RedisProcess> FindMasterAsync(string key)
    {
        var node = Nodes.First(node => node.IsRunning);
        var slot = (long)(await node.CallAsync("CLUSTER", "KEYSLOT", key))!;
        var ranges = (object?[])(await node.CallAsync("CLUSTER", "SLOTS"))!;
        var range = ranges.Cast<object?[]>().Single(range => (long)range[0]! <= slot && slot <= (long)range[1]!);
        var port = (long)((object?[])range[2]!)[1]!;
        return Nodes.Single(candidate => candidate.Port == port);
    }

    public Task StopAsync() => Task.WhenAll(Nodes.Select(node => node.StopAsync()));

    public Task KillAsync() => Task.WhenAll(Nodes.Select(node => node.KillAsync()));

    public async Task StartAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
        await WaitForAllAsync("all slots to be served", async node => await StateAsync(node) is { State: "ok" });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
    }

    private async Task FormAsync()
    {
        for (var i = 0; i < MasterCount; i++)
        {
            // Not ADDSLOTSRANGE, which Redis 6.2 does not know.
            var slots = Enumerable.Range(0, SlotCount).Where(slot => slot * MasterCount / SlotCount == i);
            await Nodes[i].CallAsync("CLUSTER", "SET-CONFIG-EPOCH", (i + 1).ToString(CultureInfo.InvariantCulture));
            await Nodes[i].CallAsync(["CLUSTER", "ADDSLOTS", .. slots.Select(slot => slot.ToString(CultureInfo.InvariantCulture))]);
        }

        // Everybody meets everybody: waiting for gossip would take longer.
        foreach (var node in Nodes)
        {
            foreach (var other in Nodes.Where(other => other.Port < node.Port))
                await node.CallAsync("CLUSTER", "MEET", "127.0.0.1", other.Port.ToString(CultureInfo.InvariantCulture));
        }
        await WaitForAllAsync("all nodes to know each other", async node => (await StateAsync(node)).KnownNodes == Nodes.Count);

        for (var i = MasterCount; i < Nodes.Count; i++)
        {
            var master = (string)(await Nodes[i - MasterCount].CallAsync("CLUSTER", "MYID"))!;
            await Nodes[i].CallAsync("CLUSTER", "REPLICATE", master);
        }
        await WaitForAllAsync("all slots to be served and all replicas to be known", async node =>
            await StateAsync(node) is { State: "ok", SlotsServed: SlotCount } && await CountConnectedReplicasAsync(node) == Nodes.Count - MasterCount);
    }

    private async Task WaitForAllAsync(string what, Func<RedisProcess, Task<bool>> condition)
    {
        foreach (var node in Nodes)
            await TestPolling.EventuallyAsync(() => condition(node), FormTimeout, $"{what}, as port {node.Port} sees it");
    }

    private static async Task<(string State, int SlotsServed, int KnownNodes)> StateAsync(RedisProcess node)
    {
        var info = RedisInfo.Parse(await node.CallAsync("CLUSTER", "INFO"));
        return (info["cluster_state"],
            int.Parse(info["cluster_slots_ok"], CultureInfo.InvariantCulture),
            int.Parse(info["cluster_known_nodes"], CultureInfo.InvariantCulture));
    }

    private static async Task<int> CountConnectedReplicasAsync(RedisProcess node)
    {
        if (await node.CallAsync("ROLE") is object?[] and ["slave", _, _, not "connected", ..])
            return -1;
        var nodes = (string)(await node.CallAsync("CLUSTER", "NODES"))!;
        return nodes.Split('\n').Count(line => line.Split(' ') is [_, _, var flags, ..] && flags.Split(',').Contains("slave"));
    }
}
