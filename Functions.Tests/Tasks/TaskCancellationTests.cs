#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using Functions.Redis.Connections;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Tests.Tasks;

/// <summary>What handlers may do when they are told to stop.</summary>
public sealed class TaskCancellationTests(RedisServers servers)
{
    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_lost_lease_cancels_the_handler_and_a_callback_of_its_token_that_throws_or_blocks_stops_nobody_else(bool blocks)
    {
        using var release = new ManualResetEventSlim();
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var options = TestTasks.Options(options => options.LeaseDuration = TimeSpan.FromMilliseconds(600));
        using var host = TestTasks.CreateHost((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, options, async (payload, _, cancellation) =>
        {
            if (payload.GetString() == "victim")
            {
                cancellation.Register(() =>
                {
                    cancelled.SetResult();
                    if (!blocks)
                        throw new InvalidOperationException("A callback of a handler.");
                    release.Wait();
                });
                started.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return null;
        });
        await host.StartAsync();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var victim = (await queue.EnqueueAsync(TestTasks.Name, "victim")).Id;
        await started.Task.WaitAsync(TestTasks.Deadline);

        await TakeAwayAsync(host.Services, victim);
        await cancelled.Task.WaitAsync(TestTasks.Deadline);

        var others = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => queue.EnqueueAsync(TestTasks.Name, "other")));
        foreach (var other in others)
            await TestPolling.EventuallyAsync(async () => await queue.FindAsync(other.Id) is { State: TaskState.Succeeded }, TestTasks.Deadline, "another task");
        release.Set();
        await host.StopAsync();
    }

    [Fact]
    public async Task A_stopping_worker_does_not_wait_for_a_handler_that_ignores_its_token()
    {
        var (started, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var options = TestTasks.Options(options => options.ShutdownLimit = TimeSpan.FromMilliseconds(50));
        using var host = TestTasks.CreateHost((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, options, async (_, _, _) =>
        {
            started.TrySetResult();
            await end.Task;
            return null;
        });
        await host.StartAsync();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        await started.Task.WaitAsync(TestTasks.Deadline);

        await host.StopAsync().WaitAsync(TestTasks.Deadline);

        Assert.Equal((TaskState.Queued, 0), await queue.FindAsync(id) is { } task ? (task.State, task.Attempts) : default);
        end.SetResult();
    }

    [Fact]
    public async Task A_worker_is_idle_when_its_last_task_was_lost()
    {
        var started = new TaskCompletionSource();
        var options = TestTasks.Options(options => options.PollingInterval = TimeSpan.FromMinutes(1));
        using var host = TestTasks.CreateHost((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, options, async (_, _, cancellation) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        });
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var worker = host.Services.GetRequiredService<TaskWorker>();
        var id = (await queue.EnqueueAsync(TestTasks.Name, 0)).Id;
        worker.Ring();
        await started.Task.WaitAsync(TestTasks.Deadline);

        worker.Hear($"cancel {id}");

        await worker.WhenIdleAsync().WaitAsync(TestTasks.Deadline);
        await worker.StopAsync();
    }

    // As if another worker had claimed it.
    private static async Task TakeAwayAsync(IServiceProvider services, string id) =>
        await (await services.GetRequiredService<RedisConnection>().GetDatabaseAsync()).StringSetRangeAsync(
            services.GetRequiredService<TaskQueue>().Store.Keys.Task(id), 8, "000009");
}
