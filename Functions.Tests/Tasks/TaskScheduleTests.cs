#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Diagnostics;
using Functions.Redis.Tasks;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Tasks;

/// <summary>Time and bounds: what is due, what is forgotten, what must not grow.</summary>
public sealed class TaskScheduleTests(RedisServers servers)
{
    [Theory, ClassData<AnyRedis>]
    public async Task A_delayed_task_is_not_claimed_before_its_time_and_is_then(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0, new EnqueueOptions { Delay = TimeSpan.FromMilliseconds(500) })).Id;
        Assert.Equal(TaskState.Delayed, (await queue.FindAsync(id))!.State);

        TaskRecord[] claimed = [];
        await TestPolling.EventuallyAsync(async () => (claimed = await queue.ClaimAsync(1)).Length == 1, TestTasks.Deadline, "its time");

        Assert.InRange((claimed[0].StartedAt!.Value - claimed[0].CreatedAt).TotalMilliseconds, 500, 10_000);
        Assert.Equal(0, (await queue.CountAsync()).Delayed);
    }

    [Fact]
    public void Attempts_wait_twice_as_long_each_time_up_to_the_maximum_and_never_less_than_half_of_it()
    {
        var options = new TaskOptions { BackoffBase = TimeSpan.FromSeconds(2), BackoffMaximum = TimeSpan.FromSeconds(60) };

        Assert.Equal([2, 4, 8, 16, 32, 60, 60], Enumerable.Range(1, 7).Select(attempt => Functions.Redis.Tasks.Backoff.After(attempt, options, 1).TotalSeconds));
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(1, 7).Select(attempt => Functions.Redis.Tasks.Backoff.After(attempt, options, 0).TotalSeconds));
        Assert.Equal(3, Functions.Redis.Tasks.Backoff.After(2, options, 0.5).TotalSeconds);
        Assert.Equal(60, Functions.Redis.Tasks.Backoff.After(999, options, 1).TotalSeconds);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task What_is_older_than_its_retention_is_forgotten_whether_it_succeeded_died_or_was_cancelled(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        var options = TestTasks.Options(options => options.Retention = TimeSpan.FromSeconds(1));
        var queue = server.CreateQueue(options);
        var waiting = new EnqueueOptions { Owner = "me", Delay = TimeSpan.FromHours(1) };
        foreach (var _ in Enumerable.Range(0, 3))
            await queue.EnqueueAsync(TestTasks.Name, 0, new EnqueueOptions { Owner = "me" });
        var runs = (await queue.ClaimAsync(3)).Select(record => new TaskRun(record)).ToArray();
        await queue.ReportAsync(TaskReport.Succeeded(runs[0], "1"u8.ToArray()));
        await queue.ReportAsync(TaskReport.Dead(runs[1], "No use."));
        await queue.CancelAsync(runs[2].Record.Id);
        var kept = (await queue.EnqueueAsync(TestTasks.Name, 0, waiting)).Id;
        Assert.Equal(4, (await queue.ListAsync(new TaskListQuery { Owner = "me" })).Items.Count);

        await TestPolling.EventuallyAsync(
            async () =>
            {
                await queue.SweepAsync();
                return (await queue.ListAsync(new TaskListQuery { Owner = "me" })).Items.Count == 1;
            },
            TestTasks.Deadline, "the others to be forgotten");

        Assert.Equal(kept, Assert.Single((await queue.ListAsync(new TaskListQuery())).Items).Id);
        var keys = await Functions.Tests.Connections.TestConnections.FindKeysAsync(server, options.Queue);
        Assert.Single(keys, key => key.ToString().Contains(":task:", StringComparison.Ordinal));
        Assert.DoesNotContain(keys, key => key.ToString().Contains(":outcome:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_index_of_all_tasks_loses_those_whose_records_were_evicted()
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        var queue = server.CreateQueue(TestTasks.Options());
        var redis = await connection.GetDatabaseAsync();
        var delayed = new EnqueueOptions { Delay = TimeSpan.FromHours(1) };
        var ids = new List<string>();
        for (var i = 0; i < 120; i++)
            ids.Add((await queue.EnqueueAsync(TestTasks.Name, i, delayed)).Id);
        await redis.KeyDeleteAsync([.. ids.Where((_, i) => i % 2 == 1).Select(id => queue.Store.Keys.Task(id))]);

        for (var sweep = 0; sweep < 4; sweep++)
            await queue.SweepAsync();

        Assert.Equal(60, await redis.SortedSetLengthAsync(queue.Store.Keys.All[6]));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_cancelled_do_not_use_up_the_turn_of_a_normal_task(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var cancelled = (await queue.EnqueueAsync("n0", 0)).Id;
        await queue.EnqueueAsync("n1", 0);
        for (var i = 0; i < 12; i++)
            await queue.EnqueueAsync($"h{i}", 0, new EnqueueOptions { Priority = TaskPriority.High });
        await queue.CancelAsync(cancelled);

        var order = new List<string>();
        for (var i = 0; i < 13; i++)
            order.Add(Assert.Single(await queue.ClaimAsync(1)).Name);

        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => $"h{i}"), "n1", "h10", "h11"], order);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_wake_up_list_is_bounded_and_gone_when_nothing_waits(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var queue = server.CreateQueue(TestTasks.Options(options => options.WakeUpListLength = 7));
        var redis = await connection.GetDatabaseAsync();
        var list = queue.Store.Keys.All[7];
        for (var i = 0; i < 5; i++)
            await queue.EnqueueAsync(TestTasks.Name, i);
        await queue.EnqueueAsync([.. Enumerable.Range(0, 20).Select(_ => new NewTask(TestTasks.Name, "0"u8.ToArray()))]);
        Assert.Equal(7, await redis.ListLengthAsync(list));

        Assert.Equal(25, (await queue.ClaimAsync(26)).Length);

        Assert.False(await redis.KeyExistsAsync(list));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Counts_tell_how_long_the_oldest_waits(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        Assert.Equal(TimeSpan.Zero, (await queue.CountAsync()).OldestQueued);
        var oldest = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        await TestPolling.EventuallyAsync(
            async () => (await queue.CountAsync()).OldestQueued >= TimeSpan.FromMilliseconds(300), TestTasks.Deadline, "it to wait");
        var younger = Stopwatch.StartNew();
        await queue.EnqueueAsync(TestTasks.Name, 0, new EnqueueOptions { Priority = TaskPriority.High });
        Assert.InRange((await queue.CountAsync()).OldestQueued.TotalMilliseconds, 300, 20_000);

        await queue.CancelAsync(oldest);

        Assert.InRange((await queue.CountAsync()).OldestQueued.TotalMilliseconds, 0, younger.Elapsed.TotalMilliseconds + 100);
    }

    [Theory]
    [InlineData("1,000"), InlineData("NaN"), InlineData("-1"), InlineData("1e9"), InlineData("1234567890123456")]
    public async Task A_cursor_with_another_score_than_a_time_is_refused(string score)
    {
        var queue = (await servers.GetAsync(RedisKind.Garnet)).CreateQueue(TestTasks.Options());
        var cursor = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($"{TaskQueue.NewId()}:{score}"));

        await Assert.ThrowsAsync<FormatException>(() => queue.ListAsync(new TaskListQuery { State = TaskState.Dead, Cursor = cursor }));
    }
}
