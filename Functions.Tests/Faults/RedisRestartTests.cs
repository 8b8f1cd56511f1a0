using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>A single Redis with its data on disk, killed under load.</summary>
[Collection(FaultServers.Name)]
public sealed class RedisRestartTests(FaultServers servers)
{
    private static readonly LoadKind[] NeedRedis = [LoadKind.SendMessage, LoadKind.RequestReport];

    [Fact]
    public async Task Redis_killed_and_started_under_load_fails_no_cacheable_read_and_loses_nothing()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        await using var scene = await FaultScene.StartAsync(servers, ("Redis", redis.ConnectionString));

        var window = await scene.UnderAsync("Redis killed for 1 s or more", async () =>
        {
            var begin = scene.Load.Now;
            await redis.KillAsync();
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            // What needs Redis is not asked for all the time.
            await TestPolling.EventuallyAsync(
                () => Task.FromResult(NeedRedis.All(kind => scene.Load.Http.Requests.Any(request => request.Kind == kind && request.IsFailed && request.End > begin))),
                TimeSpan.FromSeconds(30),
                "requests that need Redis to fail");
            await redis.StartAsync();
        });

        window.NeverFails(LoadKind.Browse, LoadKind.Search).FailsPolitely().TakesAtMost(FaultRun.CommandTimeout).RecoversSoon();
        Assert.All(NeedRedis, kind => Assert.Contains(window.Failed, request => request.Kind == kind));
        await scene.AssertSoundAsync();
    }
}
