using System.Diagnostics;
using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Faults;

/// <summary>PostgreSQL, Redis and Blob storage that all answer, but late.</summary>
[Collection(FaultServers.Name)]
public sealed class SlowServersTests(FaultServers servers)
{
    // What one request waits for at most, one after the other: Redis (5 s), a connection to PostgreSQL (5 s), and its answer (10 s).
    private static readonly TimeSpan TimeLimits = TimeSpan.FromSeconds(20);
    private const int LargestPool = 40;
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(0.15), InlineData(6)]
    public async Task With_all_servers_slow_every_request_ends_health_answers_and_afterwards_everything_works(double delaySeconds)
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var database = await servers.CreateDatabaseAsync();
        await using var slowRedis = TcpProxy.Start(redis);
        await using var slowPostgres = TcpProxy.Start(servers.Postgres.Endpoint);
        var (slowBlobs, storage) = await servers.StartStorageProxyAsync();
        await using var blobs = slowBlobs;
        TcpProxy[] proxies = [slowRedis, slowPostgres, slowBlobs];
        await using var scene = await FaultScene.StartAsync(
            servers,
            database,
            ("Redis", slowRedis.ConnectionString),
            ("ConnectionStrings__Postgres", new NpgsqlConnectionStringBuilder(database) { Port = slowPostgres.Endpoint.Port }.ConnectionString),
            ("AzureWebJobsStorage", storage));
        var health = new List<TimeSpan>();
        var connections = 0;

        var window = await scene.UnderAsync($"all servers slower by {delaySeconds} s", async () =>
        {
            SetDelay(TimeSpan.FromSeconds(delaySeconds));
            using var http = new HttpClient();
            var end = scene.Load.Now + TimeSpan.FromSeconds(3);
            while (scene.Load.Now < end)
            {
                var started = Stopwatch.GetTimestamp();
                using var response = await http.GetAsync(new Uri(scene.Host.Address, "api/health"), TestContext.Current.CancellationToken);
                health.Add(Stopwatch.GetElapsedTime(started));
                connections = Math.Max(connections, slowPostgres.ConnectionCount);
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }

            SetDelay(TimeSpan.Zero);
            // What is under way still arrives late, and what follows on the same connection behind it.
            await Task.Delay(TimeSpan.FromSeconds(delaySeconds), TestContext.Current.CancellationToken);
        });

        if (TimeSpan.FromSeconds(delaySeconds) < FaultRun.CommandTimeout)
        {
            Assert.Empty(window.Failed);
        }

        window.FailsPolitely().TakesAtMost(TimeLimits).RecoversSoon();
        Assert.All(health, time => Assert.True(time < HealthLimit + FaultRun.Margin, $"Health took {time}."));
        Assert.InRange(connections, 1, LargestPool); // Nobody opens further ones because the others are slow.
        await scene.AssertSoundAsync();

        void SetDelay(TimeSpan delay)
        {
            foreach (var proxy in proxies)
            {
                (proxy.RequestDelay, proxy.ResponseDelay) = (delay, delay);
            }
        }
    }
}
