using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>A master that dies under load and is replaced by its replica; the application is configured by <c>REDIS_SENTINEL_HOSTS</c>.</summary>
/// <remarks>
/// Redis replicates after it has answered. What it had answered in the last moment before the master died, the replica may not have: a task that was accepted then
/// may be lost, which only Redis knows of. Data in PostgreSQL and what follows from them (messages and their notifications) are not: the outbox publishes again
/// what Redis has lost.
/// </remarks>
[Collection(FaultServers.Name)]
public sealed class SentinelFailoverTests(FaultServers servers)
{
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_failover_fails_no_cacheable_read_ends_no_session_and_loses_nothing_that_was_replicated()
    {
        await using var sentinel = await RedisSentinel.StartNewAsync();
        await using var scene = await FaultScene.StartAsync(
            servers,
            ("REDIS_SENTINEL_HOSTS", string.Join(',', sentinel.Sentinels.Select(process => process.ConnectionString))),
            ("REDIS_SENTINEL_MASTER", RedisSentinel.ServiceName));

        // The end of the fault: all sentinels name the new master.
        var window = await scene.UnderAsync("failover", sentinel.FailOverAsync);

        window.NeverFails(LoadKind.Browse, LoadKind.Search).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.Contains(window.Failed, request => request.Kind == LoadKind.SendMessage);
        await scene.AssertSoundAsync(
            mayBeLost: write => write.Kind is LoadKind.RequestReport or LoadKind.SendEmail && write.AcknowledgedAt > window.Begin - LastMoment && write.AcknowledgedAt < window.End);
    }
}
