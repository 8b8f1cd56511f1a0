#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Text;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;

namespace Functions.Tests.Tasks;

/// <summary>The state machine, transition by transition, on every kind of server.</summary>
public sealed class TaskQueueTests(RedisServers servers)
{
    [Theory, ClassData<AnyRedis>]
    public async Task A_task_is_claimed_once_and_succeeds_with_its_result(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var enqueued = await queue.EnqueueAsync(TestTasks.Name, new { number = 7 }, new EnqueueOptions { Owner = "5" });

        var claimed = Assert.Single(await queue.ClaimAsync(10));
        Assert.Empty(await queue.ClaimAsync(10));
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(new TaskRun(claimed), "{\"x\":1}"u8.ToArray())));

        Assert.Equal((enqueued.Id, 1, "5", """{"number":7}"""), (claimed.Id, claimed.Attempts, claimed.Owner, Encoding.UTF8.GetString(claimed.Payload.Span)));
        var task = await queue.FindAsync(enqueued.Id);
        Assert.Equal(TaskState.Succeeded, task!.State);
        Assert.Equal("{\"x\":1}", Encoding.UTF8.GetString(task.Result!.Value.Span));
        Assert.Equal((100, true, true), (task.Progress, task.Payload.IsEmpty, task.FinishedAt >= task.StartedAt));
        Assert.Equal(new QueueCounts(0, 0, 0, 0, TimeSpan.Zero, 1), await queue.CountAsync());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task High_go_first_each_in_the_order_of_arrival_and_after_ten_a_normal_one_has_its_turn(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        for (var i = 0; i < 25; i++)
        {
            await queue.EnqueueAsync($"n{i}", 0);
            await queue.EnqueueAsync($"h{i}", 0, new EnqueueOptions { Priority = TaskPriority.High });
        }

        var order = new List<string>();
        for (var batch = 1; order.Count < 50; batch = (batch % 7) + 1)
            order.AddRange((await queue.ClaimAsync(batch)).Select(task => task.Name));

        string[] expected =
        [
            .. Enumerable.Range(0, 10).Select(i => $"h{i}"), "n0", .. Enumerable.Range(10, 10).Select(i => $"h{i}"), "n1",
            .. Enumerable.Range(20, 5).Select(i => $"h{i}"), .. Enumerable.Range(2, 23).Select(i => $"n{i}"),
        ];
        Assert.Equal(expected, order);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_failed_task_is_delayed_then_dead_when_its_attempts_are_used_up_and_can_be_retried(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0, new EnqueueOptions { MaximumAttempts = 2 })).Id;

        var first = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Failed(first, "once", TimeSpan.FromMinutes(1))));
        var delayed = await queue.FindAsync(id);
        Assert.Equal((TaskState.Delayed, "once"), (delayed!.State, delayed.Error));
        Assert.InRange((delayed.NextAttemptAt!.Value - delayed.StartedAt!.Value).TotalSeconds, 59, 70);
        Assert.Empty(await queue.ClaimAsync(1));

        Assert.Equal(TaskState.Delayed, await queue.CancelAsync(id));
        Assert.Equal(new RetriedTask(TaskState.Cancelled, 1), await queue.RetryAsync(id));
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var run = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));
            Assert.Equal(attempt, run.Record.Attempts);
            Assert.Equal(attempt == 2 ? '2' : '1', await queue.ReportAsync(TaskReport.Failed(run, "again", TimeSpan.Zero)));
        }

        var dead = await queue.FindAsync(id);
        Assert.Equal((TaskState.Dead, "again", 2), (dead!.State, dead.Error, dead.Attempts));
        Assert.Equal(1, (await queue.CountAsync()).Dead);
        Assert.Equal(new RetriedTask(TaskState.Dead, 1), await queue.RetryAsync(id));
        Assert.Equal(new RetriedTask(TaskState.Queued, 0), await queue.RetryAsync(id));
        Assert.Equal(1, Assert.Single(await queue.ClaimAsync(1)).Attempts);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_lease_that_ran_out_makes_the_late_result_worthless(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromMilliseconds(300)));
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        var late = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));

        await TestPolling.EventuallyAsync(async () => (await queue.SweepAsync()).Requeued == 1, TestTasks.Deadline, "the lease to end");
        var next = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));

        Assert.Equal('0', await queue.ReportAsync(TaskReport.Succeeded(late, "1"u8.ToArray())));
        Assert.Equal('0', await queue.ReportAsync(TaskReport.Extended(late, 50)));
        Assert.Equal(TaskState.Running, (await queue.FindAsync(id))!.State);
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(next, "2"u8.ToArray())));
        Assert.Equal(2, (await queue.FindAsync(id))!.Attempts);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_given_back_task_is_next_and_the_attempt_does_not_count_but_its_holder_has_lost_it(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        await queue.EnqueueAsync(TestTasks.Name, 0);
        var first = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));

        Assert.Equal('1', await queue.ReportAsync(TaskReport.GivenBack(first)));
        var second = Assert.Single(await queue.ClaimAsync(1));

        Assert.Equal((id, 1), (second.Id, second.Attempts));
        Assert.Equal('0', await queue.ReportAsync(TaskReport.GivenBack(first)));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Cancelled_tasks_are_skipped_and_the_counts_stay_right(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add((await queue.EnqueueAsync(TestTasks.Name, i)).Id);

        Assert.Equal(TaskState.Queued, await queue.CancelAsync(ids[0]));
        Assert.Equal(TaskState.Queued, await queue.CancelAsync(ids[3]));
        Assert.Equal(TaskState.Cancelled, await queue.CancelAsync(ids[3]));
        Assert.Equal(TaskState.Cancelled, (await queue.RetryAsync(ids[3])).Before); // in the list twice now
        Assert.Equal(5, (await queue.CountAsync()).Queued);
        Assert.Equal(6, (await queue.EnqueueAsync(TestTasks.Name, 6)).Position);

        var claimed = await queue.ClaimAsync(100);
        Assert.Equal([ids[1], ids[2], ids[3], ids[4], ids[5]], claimed.Select(task => task.Id).SkipLast(1));
        Assert.Equal((0, 6), ((await queue.CountAsync()).Queued, (await queue.CountAsync()).Running));
        await queue.EnqueueAsync(TestTasks.Name, 7);
        Assert.Equal(1, (await queue.CountAsync()).Queued);
        Assert.Null(await queue.CancelAsync(TaskQueue.NewId()));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_idempotency_key_enqueues_once(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var options = new EnqueueOptions { IdempotencyKey = "order 7" };

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => queue.EnqueueAsync(TestTasks.Name, 0, options)));

        Assert.Single(all.Select(task => task.Id).Distinct());
        Assert.Single(all, task => task.IsNew);
        Assert.Equal(1, (await queue.CountAsync()).Queued);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Lists_have_every_task_once_by_owner_and_state(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var mine = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            mine.Add((await queue.EnqueueAsync(TestTasks.Name, i, new EnqueueOptions { Owner = "me" })).Id);
            await queue.EnqueueAsync(TestTasks.Name, i, new EnqueueOptions { Owner = "you" });
        }

        foreach (var id in mine.Take(3))
            await queue.CancelAsync(id);

        Assert.Equal(mine.Order().Reverse(), await ListAsync(queue, new TaskListQuery { Owner = "me", Limit = 2 }));
        Assert.Equal(mine.Take(3).Order().Reverse(), await ListAsync(queue, new TaskListQuery { Owner = "me", State = TaskState.Cancelled, Limit = 2 }));
        Assert.Equal(mine.Take(3).Order(), (await ListAsync(queue, new TaskListQuery { State = TaskState.Cancelled, Limit = 2 })).Order());
        Assert.Equal(11, (await ListAsync(queue, new TaskListQuery { State = TaskState.Queued, Limit = 3 })).Distinct().Count());
        Assert.Equal(14, (await ListAsync(queue, new TaskListQuery { Limit = 5 })).Distinct().Count());
        await Assert.ThrowsAsync<FormatException>(() => queue.ListAsync(new TaskListQuery { Cursor = "bm9uZQ" }));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Only_so_many_finished_tasks_are_kept_and_nothing_remains_of_the_others(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        var options = TestTasks.Options(options => options.MaximumFinished = 5);
        var queue = server.CreateQueue(options);
        for (var i = 0; i < 20; i++)
        {
            await queue.EnqueueAsync(TestTasks.Name, i, new EnqueueOptions { Owner = "me" });
            await queue.ReportAsync(TaskReport.Succeeded(new TaskRun(Assert.Single(await queue.ClaimAsync(1))), "1"u8.ToArray()));
        }

        Assert.Equal(5, (await ListAsync(queue, new TaskListQuery { Owner = "me" })).Count);
        Assert.Equal(5, (await ListAsync(queue, new TaskListQuery())).Count);
        var keys = await Functions.Tests.Connections.TestConnections.FindKeysAsync(server, options.Queue);
        Assert.Equal(5, keys.Count(key => key.ToString().Contains(":task:", StringComparison.Ordinal)));
        Assert.Equal(5, keys.Count(key => key.ToString().Contains(":outcome:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "{}"), InlineData("a b", "{}"), InlineData("a\n", "{}"), InlineData("ok", null)]
    public async Task What_cannot_be_stored_is_refused(string name, string? payload)
    {
        var queue = (await servers.GetAsync(RedisKind.Garnet)).CreateQueue(TestTasks.Options());
        var bytes = payload is null ? new byte[(1024 * 1024) + 1] : Encoding.UTF8.GetBytes(payload);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => queue.EnqueueAsync([new NewTask(name, bytes)]));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_page_holds_a_mebibyte_at_most_unless_a_single_task_is_larger(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options(options => options.MaximumPayloadBytes = 4 * 1024 * 1024));
        int[] sizes = [300_000, 300_000, 300_000, 300_000, 2_000_000, 300_000, 300_000];
        var ids = new List<string>();
        foreach (var size in sizes)
        {
            ids.Add((await queue.EnqueueAsync(TestTasks.Name, new string('x', size), new EnqueueOptions { Owner = "me" })).Id);
        }

        ids = [.. ids.OrderDescending()];
        foreach (var query in new[] { new TaskListQuery { Owner = "me", Limit = 100 }, new TaskListQuery { Limit = 100 }, new TaskListQuery { State = TaskState.Queued, Limit = 100 } })
        {
            await AssertPagesAsync(query, ids);
        }

        await queue.ClaimAsync(sizes.Length);
        await AssertPagesAsync(new TaskListQuery { State = TaskState.Running, Limit = 100 }, ids);

        async Task AssertPagesAsync(TaskListQuery query, List<string> all)
        {
            List<string> listed = [];
            TaskPage page;
            do
            {
                page = await queue.ListAsync(query);
                Assert.True(page.Items.Count == 1 || page.Items.Sum(task => task.Payload.Length) <= 1024 * 1024);
                listed.AddRange(page.Items.Select(task => task.Id));
                query = query with { Cursor = page.NextCursor };
            }
            while (page.NextCursor is not null);
            Assert.Equal(all, listed.OrderDescending());
        }
    }

    private static async Task<List<string>> ListAsync(TaskQueue queue, TaskListQuery query)
    {
        var ids = new List<string>();
        do
        {
            var page = await queue.ListAsync(query);
            Assert.True(page.Items.Count <= query.Limit);
            ids.AddRange(page.Items.Select(task => task.Id));
            query = query with { Cursor = page.NextCursor };
        }
        while (query.Cursor is not null);

        return ids;
    }
}
