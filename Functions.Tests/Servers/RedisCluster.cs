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
        var port = await FindPortAsync(node, (long)(await node.CallAsync("CLUSTER", "KEYSLOT", key))!);
        return Nodes.Single(candidate => candidate.Port == port);
    }

    /// <summary>Kills the master that serves a key; returns when its replica has taken over and every other node knows it.</summary>
    public async Task FailOverAsync(string key)
    {
        var old = await FindMasterAsync(key);
        var slot = (long)(await old.CallAsync("CLUSTER", "KEYSLOT", key))!;
        await old.KillAsync();
        foreach (var node in Nodes.Where(node => node.IsRunning))
        {
            await TestPolling.EventuallyAsync(
                async () => await FindPortAsync(node, slot) != old.Port && await StateAsync(node) is { State: "ok" }, FormTimeout, $"a replica to take over, as port {node.Port} sees it");
        }
    }

    /// <summary>Moves the slot of a key to the next master, key by key, as resharding does.</summary>
    /// <param name="halfway">Called when the first half of the keys is there and the others are not.</param>
    public async Task MoveSlotAsync(string key, Func<Task> halfway)
    {
        var masters = Nodes.Take(MasterCount).ToArray();
        var source = await FindMasterAsync(key);
        var target = masters[(Array.IndexOf(masters, source) + 1) % MasterCount];
        var slot = $"{await source.CallAsync("CLUSTER", "KEYSLOT", key)}";
        var (sourceId, targetId) = ((string)(await source.CallAsync("CLUSTER", "MYID"))!, (string)(await target.CallAsync("CLUSTER", "MYID"))!);
        await target.CallAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", sourceId);
        await source.CallAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", targetId);

        await MoveAsync((long)(await source.CallAsync("CLUSTER", "COUNTKEYSINSLOT", slot))! / 2);
        await halfway();
        while (await MoveAsync(100) > 0)
        {
        }

        // The target first, so that it answers as soon as the source names it; then everybody, rather than waiting for gossip.
        foreach (var node in new[] { target, source }.Union(Nodes))
        {
            await node.CallAsync("CLUSTER", "SETSLOT", slot, "NODE", targetId);
        }

        async Task<int> MoveAsync(long count)
        {
            var keys = (object?[])(await source.CallAsync("CLUSTER", "GETKEYSINSLOT", slot, count.ToString(CultureInfo.InvariantCulture)))!;
            foreach (var moved in keys.Cast<string>())
            {
                await source.CallAsync("MIGRATE", "127.0.0.1", target.Port.ToString(CultureInfo.InvariantCulture), moved, "0", "5000");
            }

            return keys.Length;
        }
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

    private static async Task<long> FindPortAsync(RedisProcess node, long slot)
    {
        var ranges = (object?[])(await node.CallAsync("CLUSTER", "SLOTS"))!;
        var range = ranges.Cast<object?[]>().Single(range => (long)range[0]! <= slot && slot <= (long)range[1]!);
        return (long)((object?[])range[2]!)[1]!;
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
        await WaitForAllAsync("all nodes to know each other", async node => (await KnownAsync(node)).Count == Nodes.Count);

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

    // Fields of CLUSTER NODES. Nodes in a handshake have a name that is not yet their own.
    private static async Task<List<string[]>> KnownAsync(RedisProcess node) =>
        [.. ((string)(await node.CallAsync("CLUSTER", "NODES"))!).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Where(fields => !fields[2].Contains("handshake", StringComparison.Ordinal))];

    private static async Task<(string State, int SlotsServed)> StateAsync(RedisProcess node)
    {
        var info = RedisInfo.Parse(await node.CallAsync("CLUSTER", "INFO"));
        return (info["cluster_state"],
            int.Parse(info["cluster_slots_ok"], CultureInfo.InvariantCulture));
    }

    private static async Task<int> CountConnectedReplicasAsync(RedisProcess node)
    {
        if (await node.CallAsync("ROLE") is object?[] and ["slave", _, _, not "connected", ..])
            return -1;
        return (await KnownAsync(node)).Count(fields => fields[2].Split(',').Contains("slave"));
    }
}
