using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Functions.LocalHost;
using Functions.Redis.Connections;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Events;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Tests.Observability;

/// <summary>Metrics have the names that the documentation tells, and count what they say.</summary>
public sealed partial class MetricTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_documentation_lists_every_instrument_with_its_kind_and_unit()
    {
        foreach (var type in typeof(RedisConnection).Assembly.GetTypes().Where(type => type.Name.EndsWith("Metrics", StringComparison.Ordinal)))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        using var recorder = new MeasurementRecorder();
        var text = File.ReadAllText(Path.Combine(LocalConfiguration.FindRoot(), "docs", "observability.md"));
        var documented = Row().Matches(text)
            .SelectMany(row => Name().Matches(row.Groups["names"].Value).Select(name => (
                Name: name.Groups[1].Value, Kind: row.Groups["kind"].Value, Unit: row.Groups["unit"].Value)))
            .Order();

        Assert.Equal(recorder.Instruments.Select(instrument => (instrument.Name, Kind: KindOf(instrument), Unit: UnitOf(instrument))).Order(), documented);
    }

    [Fact]
    public async Task Tasks_are_counted_by_name_and_outcome()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        using var recorder = new MeasurementRecorder();
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var options = TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromMinutes(1));
        using var host = TestTasks.CreateHost(redis.ConnectionString, options, (_, _, _) => Task.FromResult<object?>(null));
        await host.StartAsync(Cancellation);
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var unknown = Unique.Name("unknown");
        var ownOptions = TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromMinutes(1));
        using var losing = TestTasks.CreateHost(redis.ConnectionString, ownOptions, async (_, _, _) =>
        {
            started.SetResult();
            await release.Task;
            return null;
        });

        await queue.EnqueueAsync(unknown, 0, cancellationToken: Cancellation);
        await UntilAsync(() => recorder.Sum("tasks.dead", $"task.name={unknown}") == 1, "the end of the unknown task");
        var before = recorder.Sum("tasks.finished", $"task.name={TestTasks.Name}");
        await queue.EnqueueAsync(TestTasks.Name, 0, cancellationToken: Cancellation);
        await UntilAsync(() => recorder.Sum("tasks.finished", $"task.name={TestTasks.Name}") > (double.IsNaN(before) ? 0 : before), "the success");

        Assert.Equal(1, recorder.Sum("tasks.enqueued", $"task.name={unknown}"));
        Assert.Equal(1, recorder.Sum("tasks.started", $"task.name={unknown}"));
        Assert.Equal(1, recorder.Sum("tasks.failed", $"task.name={unknown}"));
        Assert.InRange(recorder.Sum("tasks.duration", $"task.name={unknown}"), 0, 20);
        Assert.InRange(recorder.Sum("tasks.wait", $"task.name={unknown}"), 0, 20);
        await queue.CountAsync(Cancellation);
        Assert.All(new[] { "queued", "running", "delayed", "dead" }, state => Assert.False(double.IsNaN(recorder.Sum("tasks.depth", $"state={state}"))));

        // A server that has lost the task: its report finds nothing.
        await losing.StartAsync(Cancellation);
        await losing.Services.GetRequiredService<TaskQueue>().EnqueueAsync(TestTasks.Name, 0, cancellationToken: Cancellation);
        await started.Task.WaitAsync(Deadline, Cancellation);
        var lost = recorder.Sum("tasks.lost", $"task.name={TestTasks.Name}");
        await RespConnection.CallOnceAsync(redis.Endpoints[0], "FLUSHALL");
        release.SetResult();
        await UntilAsync(() => recorder.Sum("tasks.lost", $"task.name={TestTasks.Name}") > (double.IsNaN(lost) ? 0 : lost), "the loss");
        await losing.StopAsync(Cancellation);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Events_are_counted_by_type_and_outcome()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        using var recorder = new MeasurementRecorder();
        var (good, bad) = ($"good_{Guid.NewGuid():N}", $"bad_{Guid.NewGuid():N}");
        await using var instance = await EventInstance.StartAsync(
            redis, "events:", "broadcast", options => options.MaximumAttempts = 2, (good, new TestHandler()), (bad, new TestHandler(_ => throw new InvalidOperationException("Always."))));

        await instance.Publisher.BroadcastAsync(good, 1, Cancellation);
        await instance.Publisher.BroadcastAsync(bad, 1, Cancellation);
        await TestPolling.EventuallyAsync(
            async () =>
            {
                await instance.Worker.SweepAsync(Cancellation);
                return await instance.Worker.CountParkedAsync(Cancellation) == 1;
            },
            Deadline,
            "the bad event to be parked");
        await using var connection = await redis.ConnectAsync();
        await connection.GetDatabase().PublishAsync(RedisChannel.Literal("broadcast"), "no event");

        Assert.Equal(1, recorder.Sum("events.published", $"type={good},outcome=published"));
        Assert.Equal(1, recorder.Sum("events.handled", $"type={good},outcome=handled"));
        Assert.Equal(2, recorder.Sum("events.handled", $"type={bad},outcome=failed"));
        Assert.Equal(1, recorder.Sum("events.handled", $"type={bad},outcome=parked"));
        Assert.InRange(recorder.Sum("events.handler.duration", $"type={good}"), 0, 20);
        Assert.InRange(recorder.Sum("events.handler.lag", $"type={good}"), 0, 20);
        await UntilAsync(() => recorder.Sum("events.malformed", "") >= 1, "the malformed message");
    }

    [Fact]
    public async Task Streams_are_counted_while_they_are_open_and_by_the_reason_of_their_end()
    {
        using var recorder = new MeasurementRecorder();
        await using var app = await TestApplications.StartBesideAsync(await applications.GetAsync(RedisKind.Garnet));
        using var user = await app.CreateClient().AsNewUserAsync();

        using (await EventReader.OpenAsync(user))
        {
            await UntilAsync(() => recorder.Sum("events.streams", "") is not double.NaN, "the stream");
        }

        await UntilAsync(() => recorder.Sum("events.stream.ends", "reason=client") >= 1, "its end");
    }

    private static Task UntilAsync(Func<bool> condition, string what) => TestPolling.EventuallyAsync(() => Task.FromResult(condition()), Deadline, what);

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Counter`1" => "counter",
        "UpDownCounter`1" => "up-down counter",
        "Histogram`1" => "histogram",
        _ => "gauge",
    };

    private static string UnitOf(Instrument instrument) => instrument.Unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        { } unit => $"{unit.Trim('{', '}')}s",
        null => "",
    };

    [GeneratedRegex(@"^\| (?<names>(`[a-z._]+`,? ?)+) \| (?<kind>counter|up-down counter|histogram|gauge) \| (?<unit>\w+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z._]+)`")]
    private static partial Regex Name();
}
