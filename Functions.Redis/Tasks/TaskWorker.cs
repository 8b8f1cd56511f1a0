using System.Collections.Concurrent;
using System.Diagnostics;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>Runs tasks in this process, up to <see cref="TaskOptions.Concurrency"/> at a time, whoever rings.</summary>
/// <remarks>
/// The life of a task here:
/// <list type="number">
/// <item>Somebody rings. The pump, one loop per process, asks Redis for as many tasks as there are free slots.</item>
/// <item>Each claimed task is an attempt with a lease (<see cref="TaskRun"/>), and its handler runs on the thread pool.</item>
/// <item>How the attempt ended is a report, and its slot is free. The pump sends all reports that have come in, together with the extensions of leases
/// that are due, and claims the next tasks in the same call: one command for many tasks when there is much to do.</item>
/// <item>A report that Redis discards belongs to a lease that was lost; an extension that is discarded cancels the handler.</item>
/// <item>The pump asks again as long as it gets as many tasks as it asks for, or a bell rang meanwhile; else it sleeps until the next delayed task is due.</item>
/// </list>
/// There is one call at a time, so a slow Redis is not asked more. While it cannot be reached the pump keeps its reports and tries again.
/// </remarks>
public sealed partial class TaskWorker : IDisposable
{
    private const int MaximumReports = 500;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    private readonly TaskStore _store;
    private readonly TaskOptions _options;
    private readonly TaskHandlers _handlers;
    private readonly TaskAttempt _attempt;
    private readonly ILogger<TaskWorker> _logger;
    private readonly ConcurrentDictionary<string, TaskRun> _running = new();
    private readonly ConcurrentQueue<TaskReport> _reports = new();
    private readonly WakeUp _wakeUp = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _idle = NewIdle();
    private Task? _pump;
    private int _attended;
    private int _hasProgress;
    private volatile bool _rung;
    private volatile bool _stopping;
    private volatile bool _abandoned;
    private long _nextDue = long.MaxValue;
    private long _lastExtension;
    private long _lastProgress;

    internal TaskWorker(TaskQueue queue, TaskHandlers handlers, TaskOptions options, ILogger<TaskWorker> logger)
    {
        _store = queue.Store;
        _options = options;
        _logger = logger;
        _handlers = handlers;
        _attempt = new TaskAttempt(handlers, options, logger);
        _idle.SetResult();
    }

    /// <summary>How many tasks run here now.</summary>
    public int Running => _running.Count;

    /// <summary>Whether a handler is registered for tasks called <paramref name="name"/>.</summary>
    public bool Handles(string name) => _handlers.Contains(name);

    /// <summary>There may be work: asks for it as soon as there is a free slot.</summary>
    public void Ring()
    {
        lock (_lock)
        {
            if (_stopping)
            {
                return;
            }

            _rung = true;
            if (_idle.Task.IsCompleted)
            {
                _idle = NewIdle();
            }

            if (_pump is null)
            {
                using var flow = ExecutionContext.SuppressFlow(); // The pump belongs to no request.
                _pump = Task.Run(PumpAsync);
            }
        }

        _wakeUp.Set();
    }

    /// <summary>Does what a message on the queue's channel says: rings, or stops a task that has been cancelled.</summary>
    public void Hear(string message)
    {
        const string Cancel = "cancel ";
        ArgumentNullException.ThrowIfNull(message);
        if (!message.StartsWith(Cancel, StringComparison.Ordinal))
        {
            Ring();
        }
        else if (_running.TryGetValue(message[Cancel.Length..], out var run))
        {
            Lose(run);
        }
    }

    /// <summary>Rings, and stays until there is nothing to do. For triggers, whose running invocation tells the platform that the instance is busy.</summary>
    /// <remarks>Returns at once where another call stays already, and after <see cref="TaskOptions.InvocationLimit"/>; the worker goes on.</remarks>
    public async Task AttendAsync(CancellationToken cancellationToken = default)
    {
        Ring();
        if (Interlocked.Exchange(ref _attended, 1) == 1)
        {
            return;
        }

        try
        {
            await WhenIdleAsync().WaitAsync(_options.InvocationLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Volatile.Write(ref _attended, 0);
        }
    }

    /// <summary>Ends when nothing runs here and the queue was found empty, or when the worker stops.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _idle.Task;
        }
    }

    /// <summary>Takes no more tasks.</summary>
    public void BeginStop()
    {
        lock (_lock)
        {
            _stopping = true;
            _idle.TrySetResult();
        }

        _wakeUp.Set();
    }

    /// <summary>
    /// Takes no more tasks and lets those that run end. After <see cref="TaskOptions.ShutdownLimit"/>, or when <paramref name="cancellationToken"/> says so,
    /// cancels them and gives them back to the queue: the attempt does not count, and another instance starts them at once.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        BeginStop();
        if (_pump is not { } pump)
        {
            return;
        }

        await pump.WaitAsync(_options.ShutdownLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pump.IsCompleted)
        {
            return;
        }

        foreach (var run in _running.Values)
        {
            _ = ObserveAsync(run, run.CancelAsync());
        }

        var grace = TimeSpan.FromSeconds(2);
        await pump.WaitAsync(grace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var run in _running.Values)
        {
            LogGivenBackRunning(run.Record.Name, run.Record.Id);
            End(run, TaskReport.GivenBack(run));
        }

        await pump.WaitAsync(grace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _abandoned = true; // Redis cannot be reached: the leases end by themselves.
        _wakeUp.Set();
        await pump;
    }

    /// <inheritdoc/>
    public void Dispose() => _wakeUp.Dispose();

    private async Task PumpAsync()
    {
        var sending = new List<TaskReport>();
        while (!_abandoned && !(_stopping && _running.IsEmpty && _reports.IsEmpty && sending.Count == 0))
        {
            try
            {
                await StepAsync(sending);
            }
#pragma warning disable CA1031 // Whatever it is, running tasks must be reported: the loop goes on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogBroken(exception);
                await Task.Delay(RetryInterval);
            }
        }
    }

    private async Task StepAsync(List<TaskReport> sending)
    {
        while (sending.Count < MaximumReports && _reports.TryDequeue(out var report))
        {
            sending.Add(report);
        }

        AddExtensions(sending);
        var wanted = Wanted();
        if (sending.Count == 0 && wanted == 0)
        {
            if (_running.IsEmpty)
            {
                BeIdle(); // The last one may have ended without a report.
            }

            await _wakeUp.WaitAsync(UntilNext());
        }
        else if (!await AdvanceAsync(sending, wanted))
        {
            await Task.Delay(RetryInterval);
        }
    }

    // How many tasks to ask for: all free slots if there may be work, else none.
    private int Wanted()
    {
        var free = _stopping ? 0 : Math.Max(_options.Concurrency - _running.Count, 0);
        if (free == 0 || (!_rung && Stopwatch.GetTimestamp() < _nextDue))
        {
            return 0;
        }

        _rung = false;
        return free;
    }

    /// <summary>Sends reports and asks for tasks; what Redis has answered is taken off <paramref name="reports"/>.</summary>
    /// <returns>False if Redis could not be reached; nothing is known then of what it has done. The reports of ended attempts are sent again.</returns>
    private async Task<bool> AdvanceAsync(List<TaskReport> reports, int wanted)
    {
        var started = Stopwatch.GetTimestamp();
        TaskAdvance reply;
        try
        {
            reply = await _store.AdvanceAsync(reports, wanted);
        }
#pragma warning disable CA1031 // Whatever it is, running tasks must be reported: the loop goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailing(exception);
            if (wanted > 0)
            {
                _rung = true;
            }

            LoseExpired();
            ExtendAgain(reports);
            return false;
        }

        LogRecovered();
        _nextDue = reply.NextDue is { } due ? started + (long)(due.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
        if (wanted > 0 && reply.Claimed.Length == wanted)
        {
            _rung = true;
        }

        // What is claimed is started before anything else can go wrong.
        foreach (var record in reply.Claimed)
        {
            Start(record, started);
        }

        try
        {
            for (var i = 0; i < reports.Count; i++)
            {
                Settle(reports[i], reply.Verdicts[i], started);
            }
        }
        finally
        {
            reports.Clear();
        }

        if (_running.IsEmpty)
        {
            BeIdle();
        }

        return true;
    }

    // Extensions that may not have arrived are due again at the next call, not at the next third of a lease, and progress is not forgotten.
    private void ExtendAgain(List<TaskReport> reports)
    {
        foreach (var report in reports.Where(report => !report.Ends))
        {
            _lastExtension = 0;
            if (report.Progress is { } percent)
            {
                report.Run.ReportAgain(percent);
                Volatile.Write(ref _hasProgress, 1);
            }
        }

        reports.RemoveAll(report => !report.Ends);
    }

    private void Start(TaskRecord record, long leasedAt)
    {
        var run = new TaskRun(record) { LeasedAt = leasedAt };
        if (_running.TryGetValue(record.Id, out var earlier))
        {
            Lose(earlier); // Its lease ended, and this process has the task again.
        }

        _running[record.Id] = run;
        TaskMetrics.Started(record);
        _ = Task.Run(async () => End(run, await _attempt.RunAsync(run, percent => NoteProgress(run, percent))));
    }

    private void End(TaskRun run, TaskReport? report)
    {
        if (!run.TryEnd())
        {
            return; // It was given back while its handler went on.
        }

        if (report is { } ended)
        {
            _reports.Enqueue(ended);
        }

        // A task that was lost may run here again already.
        _running.TryRemove(KeyValuePair.Create(run.Record.Id, run));
        _wakeUp.Set();
    }

    private void Settle(TaskReport report, char verdict, long sentAt)
    {
        var name = report.Run.Record.Name;
        if (verdict == '0')
        {
            TaskMetrics.Lost(name);
            LogLost(name, report.Run.Record.Id);
            Lose(report.Run);
        }
        else if (verdict == '2')
        {
            TaskMetrics.Died(name);
        }
        else if (report.Verb == "s")
        {
            TaskMetrics.Succeeded(name);
        }
        else if (!report.Ends)
        {
            report.Run.LeasedAt = sentAt;
        }
    }

    private void NoteProgress(TaskRun run, int percent)
    {
        run.Report(percent);
        if (Interlocked.Exchange(ref _hasProgress, 1) == 0)
        {
            _wakeUp.Set();
        }
    }

    private void AddExtensions(List<TaskReport> sending)
    {
        if (!_running.IsEmpty && Stopwatch.GetElapsedTime(_lastExtension) >= _options.LeaseDuration / 3)
        {
            _lastExtension = Stopwatch.GetTimestamp();
            sending.AddRange(Unended().Select(run => TaskReport.Extended(run, run.TakeProgress())));
        }
        else if (Volatile.Read(ref _hasProgress) == 1 && Stopwatch.GetElapsedTime(_lastProgress) >= ProgressInterval)
        {
            _lastProgress = Stopwatch.GetTimestamp();
            Volatile.Write(ref _hasProgress, 0);
            sending.AddRange(Unended().Select(run => (run, percent: run.TakeProgress()))
                .Where(told => told.percent is not null)
                .Select(told => TaskReport.Extended(told.run, told.percent)));
        }
    }

    // The report of one that has ended may be on its way already: an extension behind it would look like a lost lease.
    private IEnumerable<TaskRun> Unended() => _running.Values.Where(run => !run.HasEnded);

    private void Lose(TaskRun run) => _ = ObserveAsync(run, run.LoseAsync());

    private async Task ObserveAsync(TaskRun run, Task cancelling)
    {
        try
        {
            await cancelling;
        }
#pragma warning disable CA1031 // What a handler registered on its token is the handler's: it must not stop the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogCallback(exception, run.Record.Name, run.Record.Id);
        }
    }

    // Who cannot reach Redis cannot know whether somebody else has the task by now.
    private void LoseExpired()
    {
        foreach (var run in _running.Values.Where(run => Stopwatch.GetElapsedTime(run.LeasedAt) > _options.LeaseDuration))
        {
            Lose(run);
        }
    }

    private TimeSpan UntilNext()
    {
        var next = TimeSpan.MaxValue;
        if (!_running.IsEmpty)
        {
            Soonest((_options.LeaseDuration / 3) - Stopwatch.GetElapsedTime(_lastExtension));
        }

        if (Volatile.Read(ref _hasProgress) == 1)
        {
            Soonest(ProgressInterval - Stopwatch.GetElapsedTime(_lastProgress));
        }

        if (_nextDue != long.MaxValue && _running.Count < _options.Concurrency && !_stopping)
        {
            Soonest(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _nextDue));
        }

        return next;

        void Soonest(TimeSpan candidate) => next = candidate < next ? candidate : next;
    }

    private void BeIdle()
    {
        lock (_lock)
        {
            if (!_rung)
            {
                _idle.TrySetResult();
            }
        }
    }

    private static TaskCompletionSource NewIdle() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
