#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Text;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;

namespace Functions.Tests.Tasks;

/// <summary>Whose report counts, when a lease was lost, an answer was lost, or an id comes twice.</summary>
public sealed class TaskFenceTests(RedisServers servers)
{
    private static readonly EnqueueOptions Once = new() { MaximumAttempts = 1 };

    [Theory, ClassData<AnyRedis>]
    public async Task A_late_success_counts_if_nobody_has_claimed_the_task_since(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(ShortLeases());
        var again = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        var dead = (await queue.EnqueueAsync(TestTasks.Name, 0, Once)).Id;
        var runs = (await queue.ClaimAsync(2)).Select(record => new TaskRun(record)).ToArray();
        await SweptAsync(queue, (1, 1));
        Assert.Equal("The worker that ran the task was lost, and no attempts are left.", (await queue.FindAsync(dead))!.Error);

        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(runs[0], "1"u8.ToArray())));
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(runs[1], default)));

        Assert.Equal("1", Encoding.UTF8.GetString((await queue.FindAsync(again))!.Result!.Value.Span));
        Assert.Equal((TaskState.Succeeded, null, null), await queue.FindAsync(dead) is { } task ? (task.State, task.Error, task.Result) : default);
        Assert.Equal((0, 0, 0), await queue.CountAsync() is { } counts ? (counts.Queued, counts.Running, counts.Dead) : default);
        Assert.Empty(await queue.ClaimAsync(10));
        Assert.Equal(0, (await queue.CountAsync()).Queued);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_success_that_is_reported_twice_is_accepted_twice_and_that_of_a_cancelled_task_never(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        await queue.EnqueueAsync(TestTasks.Name, 0);
        var twice = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        var cancelled = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));
        await queue.CancelAsync(id);

        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(twice, default)));
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(twice, default)));
        Assert.Equal('0', await queue.ReportAsync(TaskReport.Succeeded(cancelled, default)));
        await queue.RetryAsync(id);
        Assert.Equal('0', await queue.ReportAsync(TaskReport.Succeeded(cancelled, default)));
        Assert.Equal(TaskState.Queued, (await queue.FindAsync(id))!.State);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_id_that_is_taken_enqueues_nothing(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(TestTasks.Options());
        var options = new EnqueueOptions { Id = TaskQueue.NewId() };
        await queue.EnqueueAsync(TestTasks.Name, 1, options);
        var run = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));

        var second = await queue.EnqueueAsync(TestTasks.Name, 2, options);

        Assert.Equal(new EnqueuedTask(options.Id, 0, IsNew: false), second);
        Assert.Empty(await queue.ClaimAsync(1));
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(run, default)));
        Assert.Equal(0, (await queue.CountAsync()).Queued);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_lease_that_is_lost_at_the_last_attempt_is_the_end(RedisKind kind)
    {
        var queue = (await servers.GetAsync(kind)).CreateQueue(ShortLeases());
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0, Once)).Id;
        await queue.ClaimAsync(1);

        await SweptAsync(queue, (0, 1));

        Assert.Equal((TaskState.Dead, 1), await queue.FindAsync(id) is { } task ? (task.State, task.Attempts) : default);
        Assert.Equal((0, 1), await queue.CountAsync() is { } counts ? (counts.Running, counts.Dead) : default);
    }

    private static TaskOptions ShortLeases() => TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromMilliseconds(300));

    // Until the leases have ended: how many tasks were queued again, and how many are dead.
    private static async Task SweptAsync(TaskQueue queue, (long Requeued, long Died) expected)
    {
        var (requeued, died) = (0L, 0L);
        await TestPolling.EventuallyAsync(
            async () =>
            {
                var swept = await queue.SweepAsync();
                return ((requeued += swept.Requeued), (died += swept.Died)) == expected;
            },
            TestTasks.Deadline, "the leases to end");
    }
}
