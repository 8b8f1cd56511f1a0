using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>Accepts tasks and tells of them. What it has accepted is run at least once, whatever crashes.</summary>
public sealed partial class TaskQueue
{
    /// <summary>How many tasks one call enqueues at most.</summary>
    public const int MaximumBatch = 1000;

    private const int Looked = 500;
    private const int MaximumLooks = 20;
    private const int ForgottenAtOnce = 500;
    private static readonly TimeSpan MaximumDelay = TimeSpan.FromDays(30);

    private readonly TaskStore _store;
    private readonly TaskOptions _options;

    /// <summary>Makes a queue; nothing is sent.</summary>
    public TaskQueue(RedisConnection connection, TaskOptions options)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _store = new TaskStore(connection, options);
    }

    /// <summary>A new id.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString("N");

    /// <summary>Enqueues a task. One round trip.</summary>
    /// <param name="name">The name of a handler.</param>
    /// <param name="payload">What the handler needs; written as JSON.</param>
    /// <param name="options">How the task is to be run; null for the defaults.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    /// <exception cref="ArgumentException">The task cannot be accepted: its name or options are not valid.</exception>
    /// <exception cref="PayloadTooLargeException">It is larger than <see cref="TaskOptions.MaximumPayloadBytes"/>.</exception>
    public async Task<EnqueuedTask> EnqueueAsync<TPayload>(
        string name, TPayload payload, EnqueueOptions? options = null, CancellationToken cancellationToken = default) =>
        (await EnqueueAsync([new NewTask(name, JsonSerializer.SerializeToUtf8Bytes(payload, TaskJson.Options), options)], cancellationToken))[0];

    /// <summary>Enqueues up to 1,000 tasks: all or, if this throws <see cref="ArgumentException"/>, none. One round trip.</summary>
    /// <exception cref="ArgumentException">A task cannot be accepted: its name or options are not valid.</exception>
    /// <exception cref="PayloadTooLargeException">One is larger than <see cref="TaskOptions.MaximumPayloadBytes"/>.</exception>
    public async Task<IReadOnlyList<EnqueuedTask>> EnqueueAsync(IReadOnlyCollection<NewTask> tasks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tasks.Count, MaximumBatch);
        var traceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
        var arguments = new List<RedisValue>(6 * tasks.Count);
        foreach (var task in tasks)
        {
            var options = Validated(task);
            arguments.Add(options.Id ?? NewId());
            arguments.Add($"{(options.Priority == TaskPriority.High ? 'h' : 'n')}{options.MaximumAttempts ?? _options.MaximumAttempts:000}");
            arguments.Add((long)options.Delay.TotalMilliseconds);
            arguments.Add(options.Owner ?? "");
            arguments.Add(options.IdempotencyKey ?? "");
            arguments.Add(TaskRecord.Body(task.Name, options.Owner, traceParent, task.Payload.Span));
        }

        if (arguments.Count == 0)
        {
            return [];
        }

        var enqueued = await _store.EnqueueAsync(arguments, cancellationToken);
        foreach (var (task, answer) in tasks.Zip(enqueued))
        {
            if (answer.IsNew)
            {
                TaskMetrics.Enqueued(task.Name);
            }
        }

        return enqueued;
    }

    /// <summary>The task with <paramref name="id"/>, or null. One round trip.</summary>
    public Task<TaskRecord?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        IsId(id) ? _store.FindAsync(id, cancellationToken) : Task.FromResult<TaskRecord?>(null);

    /// <summary>Cancels a task: one that waits is not started, the handler of a running one is told to stop, and its result is discarded.</summary>
    /// <returns>The state before; only a queued, delayed or running task has been cancelled. Null if there is none.</returns>
    public Task<TaskState?> CancelAsync(string id, CancellationToken cancellationToken = default) =>
        IsId(id) ? _store.CancelAsync(id, cancellationToken) : Task.FromResult<TaskState?>(null);

    /// <summary>Queues a dead or cancelled task again, with all its attempts.</summary>
    public Task<RetriedTask> RetryAsync(string id, CancellationToken cancellationToken = default) =>
        IsId(id) ? _store.RetryAsync(id, cancellationToken) : Task.FromResult(default(RetriedTask));

    /// <summary>
    /// Forgets all tasks of an owner, in steps of 500, whatever their state: those that wait are not started, the handlers of running ones are told to stop,
    /// and their results are discarded. A handler that does not listen may go on for a while.
    /// </summary>
    /// <returns>How many there were.</returns>
    public async Task<long> ForgetOwnerAsync(string owner, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        var total = 0L;
        int step;
        do
        {
            step = await _store.ForgetOwnerAsync(owner, ForgottenAtOnce, cancellationToken);
            total += step;
        }
        while (step == ForgottenAtOnce);

        return total;
    }

    /// <summary>Lists tasks, the youngest first; without owner those of a state by when they came into it.</summary>
    /// <remarks>
    /// Looks at 10,000 tasks at most, and returns 1 MiB of them at most unless it is a single one: a page may be short, and its cursor goes on
    /// from there.
    /// </remarks>
    /// <exception cref="FormatException">The cursor is none that a page had.</exception>
    public async Task<TaskPage> ListAsync(TaskListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (after, score) = TaskCursor.Parse(query.Cursor);
        var index = query.Owner is null ? IndexOf(query.State) : null;
        var tasks = new List<TaskRecord>();
        var bytes = 0L;
        for (var look = 0; look < MaximumLooks; look++)
        {
            List<TaskRecord> found;
            var before = after;
            if (index is null)
            {
                (found, after, bytes) = await _store.ListAsync(query.Owner, query.State, query.Name, after, query.Limit - tasks.Count, Looked, bytes, cancellationToken);
            }
            else
            {
                (found, after, score, bytes) = await _store.ListStateAsync(
                    index, query.State!.Value, query.Name, after, score, query.Limit - tasks.Count, Looked, bytes, cancellationToken);
            }

            tasks.AddRange(found);
            if (after is null || tasks.Count >= query.Limit || after == before) // Where it does not move, the next task has no room.
            {
                break;
            }
        }

        return new TaskPage(tasks, TaskCursor.Format(after, score));
    }

    /// <summary>Counts tasks by state. One round trip.</summary>
    public async Task<QueueCounts> CountAsync(CancellationToken cancellationToken = default)
    {
        var counts = await _store.CountAsync(cancellationToken);
        TaskMetrics.Counted(counts);
        return counts;
    }

    /// <summary>
    /// Queues delayed tasks that are due, takes back what crashed workers held, forgets old tasks, and rings if work waits. To be called every few
    /// seconds, by any instance; up to 500 tasks of each kind at a time.
    /// </summary>
    public Task<SweepResult> SweepAsync(CancellationToken cancellationToken = default) => _store.SweepAsync(cancellationToken);

    internal TaskStore Store => _store;

    private EnqueueOptions Validated(NewTask task)
    {
        var options = task.Options ?? new EnqueueOptions();
        return !ValidName().IsMatch(task.Name) ? throw new ArgumentException($"'{task.Name}' is no name of a task.")
            : task.Payload.Length > _options.MaximumPayloadBytes ? throw new PayloadTooLargeException(task.Payload.Length, _options.MaximumPayloadBytes)
            : options.Id is { } id && !IsId(id) ? throw new ArgumentException("The id is none of TaskQueue.NewId.")
            : options.Delay < TimeSpan.Zero || options.Delay > MaximumDelay ? throw new ArgumentException("The delay is not between zero and 30 days.")
            : options.MaximumAttempts is < 1 or > 999 ? throw new ArgumentException("The maximum of attempts is not between 1 and 999.")
            : options.Owner is { } owner && (owner.Length is 0 or > 100 || owner.Contains('\n')) ? throw new ArgumentException("The owner does not have 1 to 100 characters without line feeds.")
            : options.IdempotencyKey is { Length: 0 or > 255 } ? throw new ArgumentException("The idempotency key does not have 1 to 255 characters.")
            : options;
    }

    // The index of a state; queued tasks have none but their lists, and are found among all.
    private static string? IndexOf(TaskState? state) => state switch
    {
        TaskState.Running => "leases",
        TaskState.Delayed => "delayed",
        TaskState.Dead => "dead",
        TaskState.Succeeded or TaskState.Cancelled => "finished",
        _ => null,
    };

    private static bool IsId(string id) => id is { Length: 32 } && id.All(char.IsAsciiHexDigitLower);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,100}\z")]
    private static partial Regex ValidName();
}
