#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using Functions.Redis.Tasks;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Tasks;

/// <summary>An owner goes, with all tasks.</summary>
public sealed class TaskOwnerTests(RedisServers servers)
{
    [Theory, ClassData<AnyRedis>]
    public async Task Tasks_of_every_state_are_forgotten_however_many_and_those_of_others_stay(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        var options = TestTasks.Options();
        var queue = server.CreateQueue(options);
        await AddAsync(queue, "me", 4);
        var claimed = await queue.ClaimAsync(4);
        Assert.Equal('1', await queue.ReportAsync(TaskReport.Succeeded(new TaskRun(claimed[0]), "1"u8.ToArray())));
        Assert.Equal('2', await queue.ReportAsync(TaskReport.Dead(new TaskRun(claimed[1]), "no")));
        await queue.CancelAsync(claimed[2].Id);
        await AddAsync(queue, "me", 1200);
        await AddAsync(queue, "me", 3, TimeSpan.FromDays(1));
        await AddAsync(queue, "other", 5);
        await AddAsync(queue, null, 5);

        Assert.Equal(1207, await queue.ForgetOwnerAsync("me"));
        Assert.Equal(0, await queue.ForgetOwnerAsync("me"));

        Assert.Equal('0', await queue.ReportAsync(TaskReport.Extended(new TaskRun(claimed[3]), 50)));
        Assert.Equal('0', await queue.ReportAsync(TaskReport.Succeeded(new TaskRun(claimed[3]), "1"u8.ToArray())));
        Assert.Empty((await queue.ListAsync(new TaskListQuery { Owner = "me" })).Items);
        Assert.Equal(10, (await queue.ListAsync(new TaskListQuery { Limit = 100 })).Items.Count);
        var counts = await queue.CountAsync();
        Assert.Equal((10, 0, 0, 0), (counts.Queued, counts.Running, counts.Delayed, counts.Dead));
        Assert.Equal(10, (await queue.ClaimAsync(100)).Length);
        await queue.SweepAsync();
        Assert.DoesNotContain(await server.FindKeysAsync(options.Queue), key => key.ToString().EndsWith(":owner:me", StringComparison.Ordinal));
        Assert.Equal(10, (await server.FindKeysAsync(options.Queue)).Count(key => key.ToString().Contains(":task:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_handler_of_a_running_task_is_told_to_stop()
    {
        var (started, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        var options = TestTasks.Options();
        using var host = TestTasks.CreateHost((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, options, async (_, _, cancellation) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => stopped.SetResult(), TaskScheduler.Default);
            return null;
        });
        await host.StartAsync();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        await queue.EnqueueAsync(TestTasks.Name, 0, new EnqueueOptions { Owner = "me" });
        await started.Task.WaitAsync(TestTasks.Deadline);

        await queue.ForgetOwnerAsync("me");

        await stopped.Task.WaitAsync(TestTasks.Deadline);
        await host.StopAsync();
    }

    private static async Task AddAsync(TaskQueue queue, string? owner, int count, TimeSpan delay = default)
    {
        foreach (var batch in Enumerable.Range(0, count).Select(_ => new NewTask(TestTasks.Name, "0"u8.ToArray(), new EnqueueOptions { Owner = owner, Delay = delay })).Chunk(1000))
            await queue.EnqueueAsync(batch);
    }
}
