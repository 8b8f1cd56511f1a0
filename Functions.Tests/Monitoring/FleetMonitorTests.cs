using Functions.Redis.Connections;
using Functions.Redis.Monitoring;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Monitoring;

/// <summary>The counters of several instances, which meet in Redis. The keys have fixed names: what each test counts has a name of its own.</summary>
public sealed class FleetMonitorTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task What_instances_count_is_added_up_and_each_of_them_is_listed_until_it_leaves(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = new Instance(server);
        await using var two = new Instance(server);
        var name = Unique.Name("count");
        one.Counters.Add(name, 2);
        two.Counters.Add(name, 40);

        await one.ReportAsync(memory: 1000);
        await two.ReportAsync(memory: 2000);
        await one.ReportAsync(memory: null); // With nothing new.

        var report = await two.Monitor.ReadAsync(3, Cancellation);
        Assert.Equal(3, report.Minutes.Count);
        Assert.Equal(42, report.Minutes.Sum(minute => minute[name]));
        Assert.Equal([TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)], report.Minutes.Zip(report.Minutes.Skip(1), (earlier, later) => later.Start - earlier.Start));
        Assert.InRange(report.Now - report.Minutes[^1].Start, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Contains(report.Minutes, minute => minute[CountedMinute.RedisMemory] == 2000);
        Assert.Contains(report.Instances, instance => instance.Report.Id == one.Report.Id && instance.Report.Host == one.Report.Host && instance.Report.Tight.Single() == one.Report.Tight.Single());
        Assert.Contains(report.Instances, instance => instance.Report.Id == two.Report.Id);

        await one.Monitor.LeaveAsync(one.Report.Id, Cancellation);

        Assert.DoesNotContain((await two.Monitor.ReadAsync(1, Cancellation)).Instances, instance => instance.Report.Id == one.Report.Id);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Every_key_has_a_time_to_live(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var instance = new Instance(server);
        instance.Counters.Add(Unique.Name("count"));

        await instance.ReportAsync(memory: 1);

        var database = await instance.Connection.GetDatabaseAsync(Cancellation);
        var keys = await server.FindKeysAsync("{monitor}:");
        Assert.NotEmpty(keys);
        foreach (var key in keys)
            Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(1), FleetMonitor.Retention);
    }

    [Fact]
    public async Task What_could_not_be_reported_is_reported_when_Redis_is_back()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var instance = new Instance(server);
        await instance.ReportAsync(memory: null);
        instance.Counters.Add("lost", 7);

        await server.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => instance.ReportAsync(memory: null));
        await server.StartAsync();
        await TestPolling.EventuallyAsync(
            async () =>
            {
                await instance.ReportAsync(memory: null);
                return true;
            },
            TimeSpan.FromSeconds(20),
            "a report");

        Assert.Equal(7, (await instance.Monitor.ReadAsync(5, Cancellation)).Minutes.Sum(minute => minute["lost"]));
    }

    [Fact]
    public void However_many_names_there_are_some_are_kept()
    {
        using var counters = new InstanceCounters();
        for (var i = 0; i < 10_000; i++)
            counters.Add($"name{i}");

        Assert.InRange(counters.Take().Count, 100, 500);
    }

    [Fact]
    public void Who_has_come_near_a_limit_is_told_for_a_minute_the_nearest_first_and_there_is_an_end_to_them()
    {
        var time = new FakeTimeProvider();
        var tight = new TightCallers(time);
        tight.Note("u:1", "search", 3, 30);
        tight.Note("u:2", "search", 1, 30);
        time.Advance(TimeSpan.FromSeconds(40));
        tight.Note("u:1", "search", 0, 30);

        Assert.Equal(["u:1", "u:2"], tight.List().Select(caller => caller.Partition));
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(0, Assert.Single(tight.List()).Remaining);
        for (var i = 0; i < 10_000; i++)
            tight.Note($"a:{i}", "search", 0, 30);
        Assert.Equal(20, tight.List().Count);
        Assert.True(TightCallers.IsTight(6, 30) && !TightCallers.IsTight(7, 30) && TightCallers.IsTight(0, 1));
    }

    private sealed class Instance : IAsyncDisposable
    {
        public Instance(IRedisServer server)
        {
            Connection = server.CreateConnection();
            Monitor = new FleetMonitor(Connection, Counters);
        }

        public RedisConnection Connection { get; }

        public InstanceCounters Counters { get; } = new();

        public FleetMonitor Monitor { get; }

        public InstanceReport Report { get; } = new(
            Unique.Name("instance"), "host", "1.0", DateTimeOffset.UnixEpoch, 1, [new TightCaller("u:5", "search", 1, 30, DateTimeOffset.UnixEpoch)]);

        public Task ReportAsync(long? memory) => Monitor.ReportAsync(Report, memory, Cancellation);

        public async ValueTask DisposeAsync()
        {
            Counters.Dispose();
            await Connection.DisposeAsync();
        }
    }
}
