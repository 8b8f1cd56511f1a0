using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>PostgreSQL that ends without a word and recovers, under load.</summary>
[Collection(FaultServers.Name)]
public sealed class PostgresRestartTests(FaultServers servers)
{
    [Fact]
    public async Task PostgreSQL_restarted_under_load_fails_no_cached_read_and_loses_nothing()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", redis.ConnectionString));
        await scene.Load.WarmAsync();

        var window = await scene.UnderAsync("PostgreSQL stopped for 1 s", async () =>
        {
            await servers.Postgres.StopImmediatelyAsync();
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            await servers.Postgres.StartAsync();
        });

        window.NeverFails(LoadKind.Session, LoadKind.ReadTask).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.All(window.Failed, request => Assert.False(scene.Load.IsCached(request), $"{request}"));
        Assert.All([LoadKind.SendMessage, LoadKind.Search], kind => Assert.Contains(window.Failed, request => request.Kind == kind));
        await scene.AssertSoundAsync();
    }
}
