using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Faults;

/// <summary>Connections to PostgreSQL that are cut in every way.</summary>
[Collection(FaultServers.Name)]
public sealed class PostgresCutTests(FaultServers servers)
{
    [Fact]
    public async Task Connections_cut_half_closed_and_dropped_under_load_lose_and_double_nothing()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var database = await servers.CreateDatabaseAsync();
        await using var proxy = TcpProxy.Start(servers.Postgres.Endpoint);
        await using var scene = await FaultScene.StartAsync(
            servers,
            database,
            ("Redis", redis.ConnectionString),
            ("ConnectionStrings__Postgres", new NpgsqlConnectionStringBuilder(database) { Port = proxy.Endpoint.Port }.ConnectionString));

        var window = await scene.UnderAsync("connections to PostgreSQL cut", async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                // The server commits, and nobody hears of it.
                proxy.LoseCommitAfter("INSERT INTO messages");
                await TestPolling.EventuallyAsync(() => Task.FromResult(!proxy.HasCommitToLose), TimeSpan.FromSeconds(10), "a commit to be lost");
                proxy.CutConnections();
                await Task.Delay(100, TestContext.Current.CancellationToken);
                proxy.HalfCloseConnections();
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            proxy.SwallowEverything();
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            proxy.Resume();
        });

        window.NeverFails(LoadKind.Session).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.All(window.Failed, request => Assert.False(scene.Load.IsCached(request), $"{request}"));
        await scene.AssertSoundAsync();
    }
}
