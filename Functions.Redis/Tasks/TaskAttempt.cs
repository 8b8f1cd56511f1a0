using System.Diagnostics;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Tasks;

/// <summary>Runs a handler, and tells how it ended.</summary>
internal sealed partial class TaskAttempt(TaskHandlers handlers, TaskOptions options, ILogger logger)
{
    private const int MaximumReason = 1000; // in characters

    /// <returns>The report; null if nobody wants one, as the task has been cancelled or its lease was lost.</returns>
    public async Task<TaskReport?> RunAsync(TaskRun run, Action<int> reportProgress)
    {
        var record = run.Record;
        using var activity = StartActivity(record);
        var started = Stopwatch.GetTimestamp();
        var report = await InvokeAsync(run, new TaskContext(record.Id, record.Name, record.Owner, record.Attempts, record.MaximumAttempts, reportProgress, record.Claim));
        TaskMetrics.Ended(record.Name, Stopwatch.GetElapsedTime(started));
        if (report.Verb == "f" || report.Verb == "d")
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            TaskMetrics.Failed(record.Name);
        }

        return run.IsLost ? null : report;
    }

    private async Task<TaskReport> InvokeAsync(TaskRun run, TaskContext context)
    {
        try
        {
            var result = await handlers.InvokeAsync(run, context);
            return result.Length <= options.MaximumPayloadBytes
                ? TaskReport.Succeeded(run, result)
                : throw new PermanentTaskException($"The result has {result.Length} bytes of JSON, more than {options.MaximumPayloadBytes}.");
        }
        catch (OperationCanceledException) when (run.Token.IsCancellationRequested)
        {
            return TaskReport.GivenBack(run);
        }
        catch (PermanentTaskException exception)
        {
            LogDead(exception, context.Name, context.Id);
            return TaskReport.Dead(run, Cut(exception.Message));
        }
        catch (RetryTaskException exception)
        {
            LogFailed(exception, context.Name, context.Id, context.Attempt, context.MaximumAttempts);
            return TaskReport.Failed(run, Cut(exception.Message), Limited(exception.RetryAfter) ?? NextDelay(context));
        }
#pragma warning disable CA1031 // A failure of any kind is tried again; the log says which. Its words are not for the task's owner.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception, context.Name, context.Id, context.Attempt, context.MaximumAttempts);
            return TaskReport.Failed(run, "The task failed unexpectedly.", NextDelay(context));
        }
    }

    private static string Cut(string reason) => reason.Length <= MaximumReason ? reason : $"{reason.AsSpan(0, MaximumReason)}…";

    private TimeSpan NextDelay(TaskContext context) => Backoff.After(context.Attempt, options, Random.Shared.NextDouble());

    private static TimeSpan? Limited(TimeSpan? asked) =>
        asked is not { } time ? null : time < TimeSpan.Zero ? TimeSpan.Zero : time > TimeSpan.FromDays(30) ? TimeSpan.FromDays(30) : time;

    // In the trace of whoever enqueued the task, not in that of the trigger that happened to start the worker. Names as in the semantic
    // conventions for messaging.
    private Activity? StartActivity(TaskRecord record)
    {
        Activity.Current = null;
        return RedisTelemetry.Continue(record.TraceParent, $"process {record.Name}", ActivityKind.Consumer)?
            .SetTag("messaging.system", "redis").SetTag("messaging.operation.type", "process")
            .SetTag("messaging.destination.name", options.Queue).SetTag("messaging.message.id", record.Id);
    }

    [LoggerMessage(10, LogLevel.Warning, "{Name} {Id} failed at attempt {Attempt} of {MaximumAttempts}.")]
    private partial void LogFailed(Exception exception, string name, string id, int attempt, int maximumAttempts);

    [LoggerMessage(11, LogLevel.Warning, "{Name} {Id} failed for good.")]
    private partial void LogDead(Exception exception, string name, string id);
}
