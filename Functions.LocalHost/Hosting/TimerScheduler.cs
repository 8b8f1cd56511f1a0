using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>Runs one timer function by its schedule, never twice at a time.</summary>
/// <remarks>
/// As in the Functions host, a run that takes longer than the interval is followed at once by one more, not by all that were
/// missed; and <see cref="TimerInfo"/> tells the state before the run: Last is the previous run, Next the occurrence that is due.
/// The schedule is not stored, so that a restart finds nothing past due.
/// </remarks>
internal sealed class TimerScheduler(
    TriggeredFunction function,
    TimerTriggerAttribute trigger,
    TimerSchedule schedule,
    TimeProvider time) : ITriggerListener
{
    /// <summary>The longest single wait: timers cannot be set for longer than about 49 days.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        var status = new ScheduleStatus { Next = schedule.Next(Now) };
        if (trigger.RunOnStartup)
        {
            status = await RunFunctionAsync(status, Now, aborting);
        }

        while (await WaitUntilAsync(status.Next, stopping))
        {
            status = await RunFunctionAsync(status, Now, aborting);
        }
    }

    private async Task<ScheduleStatus> RunFunctionAsync(ScheduleStatus status, DateTime start, CancellationToken aborting)
    {
        await function.RunAsync(new TimerInfo { ScheduleStatus = trigger.UseMonitor ? status : null, IsPastDue = false }, aborting);
        return new ScheduleStatus { Last = start, Next = schedule.Next(start), LastUpdated = start };
    }

    /// <summary>False when the host stops before.</summary>
    private async Task<bool> WaitUntilAsync(DateTime due, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && due - Now is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !stopping.IsCancellationRequested;
    }
}
