using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Tasks;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Logging;

namespace Functions.Tasks;

/// <summary>The doorbells of the queue. Any of them may fail or be late: each only says that there may be work.</summary>
public sealed partial class TaskTriggers(TaskWorker worker, TaskQueue queue, TaskFiles files, ILogger<TaskTriggers> logger)
{
    /// <summary>By its length the platform adds instances. It does not survive a Redis outage in the Functions host.</summary>
    [Function("TaskListBell")]
    public Task ListAsync([RedisListTrigger("Redis", TaskNames.WakeUp)] string entry, CancellationToken cancellationToken) =>
        worker.AttendAsync(cancellationToken);

    /// <summary>Starts work within milliseconds, and stops running tasks that were cancelled.</summary>
    [Function("TaskMessageBell")]
    public Task HearAsync([RedisPubSubTrigger("Redis", TaskNames.WakeUp)] string envelope, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(envelope);
        var message = json.RootElement.GetProperty("Message").GetString()!;
        if (message != "work")
        {
            worker.Hear(message);
            return Task.CompletedTask;
        }

        return worker.AttendAsync(cancellationToken);
    }

    /// <summary>Finds what the other two have missed. Runs on one instance; if work waits, it rings for all.</summary>
    /// <remarks>It does not stay with the worker: the next sweep would have to wait.</remarks>
    [Function("TaskSweep")]
    public async Task SweepAsync([TimerTrigger("*/2 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellationToken)
    {
        try
        {
            await queue.SweepAsync(cancellationToken);
            worker.Ring();
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogSkipped(exception.Message); // The next one comes in two seconds.
        }
    }

    /// <summary>Deletes the files of tasks that are not kept any more.</summary>
    [Function("TaskFilesCleanup")]
    public Task DeleteFilesAsync([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        files.DeleteOldAsync(cancellationToken);

    [LoggerMessage(1, LogLevel.Debug, "The queue could not be swept: {Reason}")]
    private partial void LogSkipped(string reason);
}
