using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>A Redis Cluster that changes under load.</summary>
[Collection(FaultServers.Name)]
public sealed class ClusterTests(FaultServers servers)
{
    private const string Queue = "{tasks}:all";
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(1);

    /// <remarks>As with Sentinel, a task that was accepted in the last moment before may be lost with the master: Redis replicates after it has answered.</remarks>
    [Fact]
    public async Task The_master_of_the_queue_killed_is_replaced_and_nothing_that_was_replicated_is_lost()
    {
        await using var cluster = await RedisCluster.StartNewAsync(replicas: true);
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", cluster.ConnectionString));

        var window = await scene.UnderAsync("a master killed", () => cluster.FailOverAsync(Queue));

        window.NeverFails(LoadKind.Browse, LoadKind.Search).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.Contains(window.Failed, request => request.Kind == LoadKind.RequestReport);
        await scene.AssertSoundAsync(
            mayBeLost: write => write.Kind is LoadKind.RequestReport or LoadKind.SendEmail && write.AcknowledgedAt > window.Begin - LastMoment && write.AcknowledgedAt < window.End);
    }

    /// <remarks>While half of a slot's keys are on either side, a script that names keys of both is answered TRYAGAIN: the queue is away for that time.</remarks>
    [Fact]
    public async Task Slots_of_the_queue_and_of_the_cache_move_under_load_and_nothing_is_lost()
    {
        await using var cluster = await RedisCluster.StartNewAsync();
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", cluster.ConnectionString));

        var window = await scene.UnderAsync("slots moved", async () =>
        {
            await cluster.MoveSlotAsync(Queue, halfway: () => Task.Delay(500, TestContext.Current.CancellationToken));
            await cluster.MoveSlotAsync(await FindCachedAsync(cluster), halfway: () => Task.Delay(500, TestContext.Current.CancellationToken));
        });

        window.NeverFails(LoadKind.Browse, LoadKind.Search, LoadKind.Session, LoadKind.SendMessage).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        await scene.AssertSoundAsync();
    }

    private static async Task<string> FindCachedAsync(RedisCluster cluster)
    {
        foreach (var node in cluster.Nodes)
        {
            if ((object?[])(await node.CallAsync("KEYS", "cache:*"))! is [string key, ..])
            {
                return key;
            }
        }

        throw new InvalidOperationException("Nothing is cached.");
    }
}
