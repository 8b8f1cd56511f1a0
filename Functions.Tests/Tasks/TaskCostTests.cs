#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Globalization;
using System.Text;
using Functions.Redis.Tasks;
using Functions.Tests.Servers;

namespace Functions.Tests.Tasks;

/// <summary>What a long queue costs. Its length is <c>TASK_QUEUE_LENGTH</c>, 30,000 where it is not set.</summary>
public sealed class TaskCostTests
{
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes($"\"{new string('x', 198)}\"");

    [Fact]
    public async Task A_long_queue_costs_the_same_commands_as_a_short_one_and_under_700_bytes_a_task()
    {
        var length = int.Parse(Environment.GetEnvironmentVariable("TASK_QUEUE_LENGTH") ?? "30000", CultureInfo.InvariantCulture);
        await using var server = await RedisProcess.StartNewAsync();
        var queue = server.CreateQueue(TestTasks.Options(options => options.WakeUpListLength = 50));
        await FillAsync(queue, 100);
        await CostAsync(server, queue); // Loads the scripts.
        var shortQueue = await CostAsync(server, queue);
        var before = await MemoryAsync(server);

        await FillAsync(queue, length);

        var bytes = (await MemoryAsync(server) - before) / (double)length;
        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes:0} bytes a task in a queue of {length}");
        Assert.InRange(bytes, 200, 700);
        Assert.Equal(shortQueue, await CostAsync(server, queue));
    }

    private static async Task FillAsync(TaskQueue queue, int count)
    {
        for (var made = 0; made < count; made += TaskQueue.MaximumBatch)
            await queue.EnqueueAsync([.. Enumerable.Range(0, Math.Min(TaskQueue.MaximumBatch, count - made)).Select(_ => new NewTask(TestTasks.Name, Payload))]);
    }

    // What it takes to enqueue a task, to claim one and to finish it.
    private static async Task<IEnumerable<KeyValuePair<string, long>>> CostAsync(IRedisServer server, TaskQueue queue)
    {
        var counter = await CommandCounter.StartAsync(server);
        await queue.EnqueueAsync(TestTasks.Name, "x");
        var run = new TaskRun(Assert.Single(await queue.ClaimAsync(1)));
        await queue.ReportAsync(TaskReport.Succeeded(run, default));
        return (await counter.CountAsync()).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
    }

    private static async Task<long> MemoryAsync(RedisProcess server) =>
        long.Parse(RedisInfo.Parse(await server.CallAsync("INFO", "memory"))["used_memory"], CultureInfo.InvariantCulture);
}
