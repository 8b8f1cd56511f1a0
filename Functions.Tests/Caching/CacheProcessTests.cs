using System.Diagnostics;
using Functions.Redis.Caching;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>Several processes with a cache each, on one server.</summary>
public sealed class CacheProcessTests(RedisServers servers)
{
    private static readonly CacheOptions Defaults = new();

    [Theory, ClassData<AnyRedis>]
    public async Task A_thousand_concurrent_misses_over_three_processes_call_the_factory_once(RedisKind kind)
    {
        var processes = await CacheProcess.StartAsync(await servers.GetAsync(kind), $"{Unique.Name("cache")}:", 3);
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var answers = await Task.WhenAll(processes.Select(process => process.CallAsync($"misses key{round} 334")));

                Assert.Equal(["1", "1", "1"], answers);
            }
        }
        finally
        {
            await DisposeAllAsync(processes);
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_process_killed_while_it_fills_delays_the_others_by_its_lease_only(RedisKind kind)
    {
        var processes = await CacheProcess.StartAsync(await servers.GetAsync(kind), $"{Unique.Name("cache")}:", 3);
        try
        {
            await processes[1].CallAsync("misses warm 1");
            await processes[2].CallAsync("misses warm 1");
            Assert.Equal("hangs", await processes[0].CallAsync("hang key"));
            var others = new[] { processes[1].CallAsync("misses key 50"), processes[2].CallAsync("misses key 50") };

            var elapsed = Stopwatch.StartNew();
            await processes[0].KillAsync();

            Assert.Equal(["1", "1"], await Task.WhenAll(others));
            Assert.InRange(elapsed.Elapsed, TimeSpan.FromMilliseconds(1), Defaults.LeaseDuration + TimeSpan.FromSeconds(1));
        }
        finally
        {
            await DisposeAllAsync(processes);
        }
    }

    [Theory]
    [InlineData(RedisKind.Garnet, 10_000), InlineData(RedisKind.Single, 2_000), InlineData(RedisKind.Cluster, 2_000)]
    public async Task No_process_reads_what_another_has_removed(RedisKind kind, int invalidations)
    {
        var seed = Random.Shared.Next(1_000_000);
        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}");
        var processes = await CacheProcess.StartAsync(await servers.GetAsync(kind), $"{Unique.Name("cache")}:", 2);
        try
        {
            var answers = await Task.WhenAll(processes.Select((process, i) => process.CallAsync($"model {seed + (100 * i)} {invalidations / processes.Length}")));

            Assert.All(answers, answer => Assert.True(answer.StartsWith("ok ", StringComparison.Ordinal), $"Seed {seed}: {answer}"));
            var counts = answers.Select(answer => answer.Split(' ')).Select(words => (Reads: int.Parse(words[1], null), Hits: int.Parse(words[2], null))).ToArray();
            Assert.All(counts, count => Assert.True(
                count.Reads > invalidations / 10 && count.Hits > count.Reads / 50, $"Seed {seed}: {count.Hits} hits in {count.Reads} reads prove nothing."));
        }
        finally
        {
            await DisposeAllAsync(processes);
        }
    }

    private static async Task DisposeAllAsync(CacheProcess[] processes)
    {
        foreach (var process in processes)
            await process.DisposeAsync();
    }
}
