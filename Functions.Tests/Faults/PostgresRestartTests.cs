using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>PostgreSQL that ends without a word and recovers, under load.</summary>
[Collection(FaultServers.Name)]
public sealed class PostgresRestartTests(FaultServers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task PostgreSQL_restarted_under_load_fails_no_read_and_loses_nothing()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", redis.ConnectionString));

        var window = await scene.UnderAsync("PostgreSQL stopped for 1 s", async () =>
        {
            await servers.Postgres.StopImmediatelyAsync();
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            await servers.Postgres.StartAsync();
        });

        // Whoever reads waits for a server that is back within about three seconds: ConnectionRetry. What is cached needs none, however long it takes.
        if (window.End - window.Begin < Patience)
        {
            window.NeverFails(LoadKind.Browse, LoadKind.Search, LoadKind.ReadMessages);
        }

        window.NeverFails(LoadKind.Session).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.All(window.Failed, request => Assert.False(scene.Load.IsCached(request), $"{request}"));
        Assert.True(window.Failed.Any() || window.Longest > TimeSpan.FromSeconds(0.5), "Nobody noticed anything.");
        await scene.AssertSoundAsync();
    }
}
