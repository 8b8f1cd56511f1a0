using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>A host that dies in the middle of its work.</summary>
[Collection(FaultServers.Name)]
public sealed class HostKillTests(FaultServers servers)
{
    [Fact]
    public async Task A_host_killed_and_started_under_load_has_lost_nothing_and_does_nothing_twice()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var (proxy, storage) = await servers.StartStorageProxyAsync();
        await using var blobs = proxy;
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", redis.ConnectionString), ("AzureWebJobsStorage", storage));
        blobs.RequestDelay = TimeSpan.FromMilliseconds(300); // Reports take their time, so that some are running when their host dies.

        var window = await scene.UnderAsync("host killed", async () =>
        {
            await scene.Host.KillAsync();
            await scene.Host.StartAsync();
        });

        Assert.NotEmpty(window.Failed);
        Assert.All(window.Failed, request => Assert.True(request.Status == 0, $"{request}"));
        window.TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        await scene.AssertSoundAsync();
    }
}
