using System.Text.Json;
using Functions.Redis.Tasks;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Tests.Tasks;

/// <summary>Queues of their own on shared servers, and handlers that are functions.</summary>
internal static class TestTasks
{
    public const string Name = "work";

    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static TaskOptions Options(Action<TaskOptions>? configure = null)
    {
        var options = new TaskOptions
        {
            Queue = Unique.Name("tasks"),
            PollingInterval = TimeSpan.FromMilliseconds(50),
            BackoffBase = TimeSpan.FromMilliseconds(20),
        };
        configure?.Invoke(options);
        return options;
    }

    /// <summary>A queue, and a worker that its test rings.</summary>
    public static TaskQueue CreateQueue(this IRedisServer server, TaskOptions options) => new(server.CreateConnection(), options);

    /// <summary>Claims as a worker does; returns the records.</summary>
    public static async Task<TaskRecord[]> ClaimAsync(this TaskQueue queue, int count) => (await queue.Store.AdvanceAsync([], count)).Claimed;

    /// <summary>Reports as a worker does; returns the verdict.</summary>
    public static async Task<char> ReportAsync(this TaskQueue queue, TaskReport report) => (await queue.Store.AdvanceAsync([report], 0)).Verdicts[0];

    /// <summary>A host with a worker, as <c>AddTaskWorker</c> makes it.</summary>
    public static IHost CreateHost(string redis, TaskOptions options, Func<JsonElement, TaskContext, CancellationToken, Task<object?>> handle)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddRedis(new Functions.Redis.Connections.RedisOptions { ConnectionString = redis });
        builder.Services.AddSingleton(options);
        builder.Services.AddTaskWorker();
        builder.Services.AddSingleton(new FunctionHandler(handle));
        builder.Services.AddTaskHandler<FunctionHandler, JsonElement>(Name);
        return builder.Build();
    }

    internal sealed class FunctionHandler(Func<JsonElement, TaskContext, CancellationToken, Task<object?>> handle) : ITaskHandler<JsonElement>
    {
        public Task<object?> HandleAsync(JsonElement payload, TaskContext context, CancellationToken cancellationToken) =>
            handle(payload, context, cancellationToken);
    }
}
