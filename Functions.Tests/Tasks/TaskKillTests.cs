#pragma warning disable xUnit1051 // The calls of a queue end by themselves; a token at each would hide what is tested.

using System.Globalization;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Tasks;

/// <summary>
/// Three worker processes, killed at random moments, on a Redis that is restarted twice: every task has its effect exactly once. The number of tasks is
/// <c>TASK_KILL_COUNT</c>, 1,000 where it is not set.
/// </summary>
public sealed class TaskKillTests : IAsyncLifetime
{
    private readonly TestDatabases _databases = new();

    [Theory]
    [InlineData(TaskBells.All), InlineData(TaskBells.Messages), InlineData(TaskBells.List)]
    public async Task Every_task_has_its_effect_exactly_once_whatever_is_killed(TaskBells bells)
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("TASK_KILL_COUNT") ?? "1000", CultureInfo.InvariantCulture);
        await using var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendEverySecond);
        var postgres = await _databases.CreateAsync();
        await using var database = NpgsqlDataSource.Create(postgres);
        await ExecuteAsync(database, "CREATE TABLE effects (task text PRIMARY KEY)");
        var options = new TaskOptions { Queue = "killed", MaximumAttempts = 100 };
        var queue = server.CreateQueue(options);
        var processes = Enumerable.Range(0, 3).Select(_ => Start()).ToArray();
        try
        {
            var killing = KillAsync();
            var ids = new List<string>();
            while (ids.Count < count)
            {
                try
                {
                    // The key makes a repeated call harmless whose answer was lost.
                    var batch = Enumerable.Range(ids.Count, Math.Min(50, count - ids.Count)).Select(i => new NewTask(
                        TestTasks.Name, "0"u8.ToArray(), new EnqueueOptions { IdempotencyKey = $"{i}", Priority = (TaskPriority)(i % 2) })).ToArray();
                    ids.AddRange((await queue.EnqueueAsync(batch)).Select(task => task.Id));
                }
                catch (Exception exception) when (Functions.Redis.Connections.RedisFailure.IsOutage(exception))
                {
                    await Task.Delay(50, TestContext.Current.CancellationToken);
                }
            }

            await killing;
            await TestPolling.EventuallyAsync(
                async () => await queue.CountAsync() is { Queued: 0, Running: 0, Delayed: 0 }, TimeSpan.FromSeconds(120), "the queue to be empty");

            Assert.Equal(0, (await queue.CountAsync()).Dead);
            Assert.Equal(count, ids.Distinct().Count());
            foreach (var chunk in ids.Chunk(500))
                Assert.All(await Task.WhenAll(chunk.Select(id => queue.FindAsync(id))), task => Assert.Equal(TaskState.Succeeded, task?.State));
            await using var command = database.CreateCommand("SELECT array_agg(task) FROM effects");
            Assert.Equal(ids.Order(), ((string[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).Order());
        }
        finally
        {
            foreach (var process in processes)
                process.Dispose();
        }

        TaskProcess Start() => TaskProcess.Start(server.ConnectionString, postgres, options.Queue, bells);

        // Kills for as long as it takes a third of a second per hundred tasks, and restarts Redis twice.
        async Task KillAsync()
        {
            var rounds = Math.Max(4, count / 500);
            for (var round = 0; round < rounds; round++)
            {
                await Task.Delay(Random.Shared.Next(500, 1500), TestContext.Current.CancellationToken);
                var victim = round % processes.Length;
                processes[victim].Dispose();
                processes[victim] = Start();
                if (round == rounds / 3 || round == rounds * 2 / 3)
                {
                    await server.KillAsync();
                    await server.StartAsync();
                }
            }
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _databases.DisposeAsync();

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
