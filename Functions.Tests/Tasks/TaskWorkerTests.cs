#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Tests.Tasks;

/// <summary>The worker, as the hosted service of <c>AddTaskWorker</c>.</summary>
public sealed class TaskWorkerTests(RedisServers servers)
{
    [Theory, ClassData<AnyRedis>]
    public async Task All_tasks_run_once_never_more_at_a_time_than_allowed(RedisKind kind)
    {
        var (running, most, runs) = (0, 0, new ConcurrentDictionary<int, int>());
        var options = TestTasks.Options(options => options.Concurrency = 5);
        using var host = await StartAsync(kind, options, async (payload, _, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            runs.AddOrUpdate(payload.GetInt32(), 1, (_, before) => before + 1);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return null;
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => queue.EnqueueAsync(TestTasks.Name, i)));

        await TestPolling.EventuallyAsync(async () => (await queue.ListAsync(new TaskListQuery { State = TaskState.Succeeded, Limit = 500 })).Items.Count == 500, TestTasks.Deadline, "all tasks");
        Assert.Equal(Enumerable.Range(0, 500), runs.Keys.Order());
        Assert.All(runs.Values, count => Assert.Equal(1, count));
        Assert.InRange(most, 2, 5);
        await host.StopAsync();
    }

    [Fact]
    public async Task Failures_are_retried_or_not_as_the_handler_says_and_only_its_own_words_are_shown()
    {
        using var host = await StartAsync(RedisKind.Garnet, TestTasks.Options(), (payload, context, _) => payload.GetString() switch
        {
            "permanent" => throw new PermanentTaskException("No use."),
            "retry" when context.Attempt == 1 => throw new RetryTaskException("Not now.", TimeSpan.FromMilliseconds(1)),
            "later" => throw new RetryTaskException("Much later.", TimeSpan.FromHours(1)),
            "crash" => throw new InvalidOperationException("Password=secret"),
            _ => Task.FromResult<object?>(context.Attempt),
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();

        var permanent = await EndOfAsync(queue, TestTasks.Name, "permanent");
        var retried = await EndOfAsync(queue, TestTasks.Name, "retry");
        var crashed = await EndOfAsync(queue, TestTasks.Name, "crash");
        var unknown = await EndOfAsync(queue, "unheard-of", "x");
        var later = await queue.EnqueueAsync(TestTasks.Name, "later");

        Assert.Equal((TaskState.Dead, "No use.", 1), (permanent.State, permanent.Error, permanent.Attempts));
        Assert.Equal((TaskState.Succeeded, 2), (retried.State, retried.Attempts));
        Assert.Equal((TaskState.Dead, "The task failed unexpectedly.", 2), (crashed.State, crashed.Error, crashed.Attempts));
        Assert.Equal((TaskState.Dead, "No handler is registered for tasks named 'unheard-of'."), (unknown.State, unknown.Error));
        await TestPolling.EventuallyAsync(
            async () => await queue.FindAsync(later.Id) is { State: TaskState.Delayed } task && task.NextAttemptAt - task.StartedAt > TimeSpan.FromMinutes(59),
            TestTasks.Deadline, "the time that the handler asked for");
        await host.StopAsync();
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Cancelling_a_running_task_stops_its_handler_at_once(RedisKind kind)
    {
        var started = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        using var host = await StartAsync(kind, TestTasks.Options(), async (_, _, cancellation) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                stopped.SetResult();
            }

            return null;
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        await started.Task.WaitAsync(TestTasks.Deadline);

        Assert.Equal(TaskState.Running, await queue.CancelAsync(id));

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(5)); // Leases are extended every 10 seconds only: it is the message.
        Assert.Equal(TaskState.Cancelled, (await queue.FindAsync(id))!.State);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_long_task_keeps_its_lease_and_its_progress_is_seen()
    {
        var end = new TaskCompletionSource();
        var options = TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromSeconds(3));
        using var host = await StartAsync(RedisKind.Garnet, options, async (_, context, cancellation) =>
        {
            context.ReportProgress(42);
            await end.Task.WaitAsync(cancellation);
            return null;
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;

        await TestPolling.EventuallyAsync(async () => await queue.FindAsync(id) is { Progress: 42 }, TestTasks.Deadline, "progress");
        var until = Stopwatch.StartNew();
        while (until.Elapsed < options.LeaseDuration * 3)
        {
            Assert.Equal((TaskState.Running, 1), await queue.FindAsync(id) is { } task ? (task.State, task.Attempts) : default);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        end.SetResult();
        await TestPolling.EventuallyAsync(async () => await queue.FindAsync(id) is { State: TaskState.Succeeded, Attempts: 1 }, TestTasks.Deadline, "its end");
        await host.StopAsync();
    }

    [Fact]
    public async Task A_stopping_worker_gives_back_what_does_not_end_in_time_and_the_attempt_does_not_count()
    {
        var started = new TaskCompletionSource();
        var options = TestTasks.Options(options => options.ShutdownLimit = TimeSpan.FromMilliseconds(100));
        using var host = await StartAsync(RedisKind.Garnet, options, async (_, _, cancellation) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        await started.Task.WaitAsync(TestTasks.Deadline);

        await host.StopAsync();

        var task = await queue.FindAsync(id);
        Assert.Equal((TaskState.Queued, 0), (task!.State, task.Attempts));
    }

    [Fact]
    public async Task After_an_outage_work_goes_on_within_five_seconds()
    {
        await using var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        var done = 0;
        var options = TestTasks.Options(options => options.PollingInterval = TimeSpan.FromSeconds(1));
        using var host = TestTasks.CreateHost(server.ConnectionString, options, async (_, _, cancellation) =>
        {
            await Task.Delay(100, cancellation);
            Interlocked.Increment(ref done);
            return null;
        });
        await host.StartAsync();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        await queue.EnqueueAsync([.. Enumerable.Range(0, 200).Select(_ => new NewTask(TestTasks.Name, "0"u8.ToArray()))]);
        await TestPolling.EventuallyAsync(() => Task.FromResult(done > 16), TestTasks.Deadline, "a start");

        await server.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken); // The outage itself.
        var before = Volatile.Read(ref done);
        await server.StartAsync();

        await TestPolling.EventuallyAsync(() => Task.FromResult(Volatile.Read(ref done) > before), TimeSpan.FromSeconds(5), "work to go on");
        await TestPolling.EventuallyAsync(
            async () => (await queue.ListAsync(new TaskListQuery { State = TaskState.Succeeded, Limit = 200 })).Items.Count == 200, TimeSpan.FromSeconds(40), "all tasks");
        await host.StopAsync();
    }

    [Fact]
    public async Task A_right_that_is_taken_away_and_given_back_does_not_end_the_worker()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await server.CallAsync("ACL", "SETUSER", "worker", "on", ">secret", "~*", "&*", "+@all");
        using var host = TestTasks.CreateHost($"{server.ConnectionString},user=worker,password=secret", TestTasks.Options(), (_, _, _) => Task.FromResult<object?>(null));
        await host.StartAsync();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        await EndOfAsync(queue, TestTasks.Name, "before");

        await server.CallAsync("ACL", "SETUSER", "worker", "-eval", "-evalsha");
        await TestPolling.EventuallyAsync(
            async () => RedisInfo.Parse(await server.CallAsync("INFO", "errorstats")).ContainsKey("errorstat_NOPERM"), TestTasks.Deadline, "a refusal");
        await server.CallAsync("ACL", "SETUSER", "worker", "+@all");

        Assert.Equal(TaskState.Succeeded, (await EndOfAsync(queue, TestTasks.Name, "after")).State);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync();
    }

    [Fact]
    public async Task Words_and_results_of_handlers_are_bounded()
    {
        var options = TestTasks.Options(options => options.MaximumPayloadBytes = 5000);
        using var host = await StartAsync(RedisKind.Garnet, options, (payload, _, _) => payload.GetString() == "words"
            ? throw new PermanentTaskException(new string('x', 10_000))
            : Task.FromResult<object?>(new string('x', 10_000)));
        var queue = host.Services.GetRequiredService<TaskQueue>();

        var words = await EndOfAsync(queue, TestTasks.Name, "words");
        var result = await EndOfAsync(queue, TestTasks.Name, "result");

        Assert.Equal($"{new string('x', 1000)}…", words.Error);
        Assert.Equal((TaskState.Dead, "The result has 10002 bytes of JSON, more than 5000."), (result.State, result.Error));
        await host.StopAsync();
    }

    private async Task<IHost> StartAsync(RedisKind kind, TaskOptions options, Func<JsonElement, TaskContext, CancellationToken, Task<object?>> handle)
    {
        var host = TestTasks.CreateHost((await servers.GetAsync(kind)).ConnectionString, options, handle);
        await host.StartAsync();
        return host;
    }

    private static async Task<TaskRecord> EndOfAsync(TaskQueue queue, string name, string payload)
    {
        var id = (await queue.EnqueueAsync(name, payload, new EnqueueOptions { MaximumAttempts = 2 })).Id;
        TaskRecord? task = null;
        await TestPolling.EventuallyAsync(
            async () => (task = await queue.FindAsync(id)) is { State: TaskState.Succeeded or TaskState.Dead }, TestTasks.Deadline, $"the end of {payload}");
        return task!;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = target)
            Interlocked.CompareExchange(ref target, value, seen);
    }
}
