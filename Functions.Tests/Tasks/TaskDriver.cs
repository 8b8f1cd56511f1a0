using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.Json;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace Functions.Tests.Tasks;

/// <summary>
/// Turns this assembly, run by itself, into an instance whose worker is rung as the triggers of the Functions host ring it: by a list that is polled until
/// Redis fails once, by messages, and by a timer. It ends with its input.
/// </summary>
internal static class TaskDriver
{
    public const string Variable = "TASK_DRIVER";

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } settings)
        {
            return;
        }

        // Code of this copy of the assembly may not run on another thread until this has returned. So a second copy does the work.
        Environment.SetEnvironmentVariable(Variable, null);
        var copy = new AssemblyLoadContext(Variable).LoadFromAssemblyPath(typeof(TaskDriver).Assembly.Location);
        copy.GetType(typeof(TaskDriver).FullName!)!.GetMethod(nameof(Run))!.Invoke(null, [settings]);
        Environment.Exit(0);
    }

    /// <param name="settings">Redis, PostgreSQL, queue and bells, separated by bars.</param>
    public static void Run(string settings)
    {
        var words = settings.Split('|');
        var (redis, postgres, name, bells) = (words[0], words[1], words[2], Enum.Parse<TaskBells>(words[3]));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddRedis(new Functions.Redis.Connections.RedisOptions { ConnectionString = redis });
        builder.Services.AddTriggeredTaskWorker().Configure(options =>
        {
            options.Queue = name;
            options.LeaseDuration = TimeSpan.FromSeconds(2);
        });
        var database = NpgsqlDataSource.Create(postgres);
        builder.Services.AddSingleton(new TestTasks.FunctionHandler(async (_, context, cancellation) =>
        {
            await using var command = database.CreateCommand("INSERT INTO effects (task) VALUES ($1) ON CONFLICT DO NOTHING");
            command.Parameters.AddWithValue(context.IdempotencyKey);
            await command.ExecuteNonQueryAsync(cancellation);
            await Task.Delay(Random.Shared.Next(4), cancellation);
            return null;
        }));
        builder.Services.AddTaskHandler<TestTasks.FunctionHandler, System.Text.Json.JsonElement>(TestTasks.Name);
        var host = builder.Build();
        host.Start();
        var worker = host.Services.GetRequiredService<TaskWorker>();
        var queue = host.Services.GetRequiredService<TaskQueue>();
        var multiplexer = ConnectionMultiplexer.Connect($"{redis},abortConnect=false");
        if (bells.HasFlag(TaskBells.List))
        {
            _ = Task.Run(() => PollAsync(multiplexer.GetDatabase(), $"{{{name}}}:wakeup", worker));
        }

        if (bells.HasFlag(TaskBells.Messages))
        {
            multiplexer.GetSubscriber().Subscribe(RedisChannel.Literal($"{{{name}}}:wakeup"), (_, message) => worker.Hear(message.ToString()));
        }

        _ = Task.Run(() => SweepAsync(queue, worker));
        System.Console.In.ReadToEnd();
    }

    // Catches nothing, as the real one: an outage ends it for good.
    private static async Task PollAsync(IDatabase redis, string key, TaskWorker worker)
    {
        while (true)
        {
            if (await redis.ListLeftPopAsync(key, 16) is { Length: > 0 })
            {
                await worker.AttendAsync();
            }

            await Task.Delay(1000);
        }
    }

    private static async Task SweepAsync(TaskQueue queue, TaskWorker worker)
    {
        while (true)
        {
            try
            {
                await queue.SweepAsync();
                worker.Ring();
            }
            catch (Exception exception) when (Functions.Redis.Connections.RedisFailure.IsOutage(exception))
            {
                // The next tick.
            }

            await Task.Delay(2000);
        }
    }
}
