using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>The commands of the queue. Each state change is one script.</summary>
internal sealed class TaskStore(RedisConnection connection, TaskOptions options)
{
    private const string LostWorker = "The worker that ran the task was lost, and no attempts are left.";
    private const int SweepLimit = 500;
    private const int PageBytes = 1024 * 1024;

    private static readonly RedisScript EnqueueScript = RedisScript.Load("Tasks/enqueue.lua");
    private static readonly RedisScript AdvanceScript = RedisScript.Load("Tasks/advance.lua");
    private static readonly RedisScript SweepScript = RedisScript.Load("Tasks/sweep.lua");
    private static readonly RedisScript CancelScript = RedisScript.Load("Tasks/cancel.lua");
    private static readonly RedisScript ForgetOwnerScript = RedisScript.Load("Tasks/forget_owner.lua");
    private static readonly RedisScript RetryScript = RedisScript.Load("Tasks/retry.lua");
    private static readonly RedisScript ListScript = RedisScript.Load("Tasks/list.lua");
    private static readonly RedisScript ListStateScript = RedisScript.Load("Tasks/list_state.lua");
    private static readonly RedisScript CountScript = RedisScript.Load("Tasks/count.lua");

    private readonly RedisValue _lease = Milliseconds(options.LeaseDuration);
    private readonly RedisValue _retention = Milliseconds(options.Retention);
    private readonly RedisValue _once = Milliseconds(options.IdempotencyRetention);
    private readonly RedisValue _kept = options.MaximumFinished;
    private readonly RedisValue _bells = options.WakeUpListLength;

    public TaskKeys Keys { get; } = new(options.Queue);

    public Task<ISubscriber> GetSubscriberAsync(CancellationToken cancellationToken) => connection.GetSubscriberAsync(cancellationToken);

    /// <param name="arguments">Six values per task, as <c>enqueue.lua</c> lists them.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<EnqueuedTask[]> EnqueueAsync(IReadOnlyCollection<RedisValue> arguments, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await EnqueueScript.EvaluateAsync(database, Keys.All, [Keys.Prefix, _bells, _once, .. arguments]))!;
        var tasks = new EnqueuedTask[reply.Length / 2];
        for (var i = 0; i < tasks.Length; i++)
        {
            var position = (long)reply[(2 * i) + 1];
            tasks[i] = new EnqueuedTask((string)reply[2 * i]!, Math.Max(position, 0), position >= 0);
        }

        return tasks;
    }

    /// <summary>Reports on running tasks and claims up to <paramref name="wanted"/> others.</summary>
    public async Task<TaskAdvance> AdvanceAsync(IReadOnlyList<TaskReport> reports, int wanted)
    {
        var database = await connection.GetDatabaseAsync();
        var arguments = new RedisValue[6 + (5 * reports.Count)];
        arguments[0] = Keys.Prefix;
        arguments[1] = wanted;
        arguments[2] = _lease;
        arguments[3] = _retention;
        arguments[4] = _kept;
        arguments[5] = _bells;
        for (var i = 0; i < reports.Count; i++)
        {
            var report = reports[i];
            var at = 6 + (5 * i);
            arguments[at] = report.Verb;
            arguments[at + 1] = report.Run.Record.Id;
            arguments[at + 2] = report.Run.Record.Fence;
            arguments[at + 3] = report.Text;
            arguments[at + 4] = (long)report.Delay.TotalMilliseconds;
        }

        var reply = (RedisResult[])(await AdvanceScript.EvaluateAsync(database, Keys.All, arguments))!;
        var claimed = new TaskRecord[(reply.Length - 2) / 2];
        for (var i = 0; i < claimed.Length; i++)
        {
            claimed[i] = TaskRecord.Parse((string)reply[2 + (2 * i)]!, (byte[])reply[3 + (2 * i)]!);
        }

        var due = (long)reply[1];
        return new TaskAdvance((string)reply[0]!, due < 0 ? null : TimeSpan.FromMilliseconds(due), claimed);
    }

    public async Task<SweepResult> SweepAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (long[])(await SweepScript.EvaluateAsync(database, Keys.All, [Keys.Prefix, _retention, _kept, SweepLimit, LostWorker]))!;
        TaskMetrics.Counted(new QueueCounts(reply[4], reply[5], reply[6], reply[7], default, default));
        return new SweepResult(reply[0], reply[1], reply[2], reply[3]);
    }

    /// <returns>The state before; null if there is no such task.</returns>
    public async Task<TaskState?> CancelAsync(string id, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        return State(await CancelScript.EvaluateAsync(database, Keys.All, [Keys.Prefix, _retention, _kept, id]));
    }

    public async Task<RetriedTask> RetryAsync(string id, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await RetryScript.EvaluateAsync(database, Keys.All, [Keys.Prefix, _bells, id]))!;
        return new RetriedTask(State(reply[0]), (long)reply[1]);
    }

    /// <returns>How many tasks are forgotten now; fewer than <paramref name="limit"/> at the end.</returns>
    public async Task<int> ForgetOwnerAsync(string owner, int limit, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        return (int)await ForgetOwnerScript.EvaluateAsync(database, Keys.All, [Keys.Prefix, owner, limit]);
    }

    public async Task<TaskRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var values = await database.StringGetAsync([Keys.Task(id), Keys.Outcome(id)], CommandFlags.DemandMaster);
        return values[0].IsNull ? null : TaskRecord.Parse(id, (byte[])values[0]!, values[1].IsNull ? null : (byte[])values[1]!);
    }

    /// <summary>Lists by id, up to 1 MiB with the <paramref name="bytes"/> that there are already; returns the id to go on after, null at the end.</summary>
    public async Task<(List<TaskRecord> Tasks, string? After, long Bytes)> ListAsync(
        string? owner, TaskState? state, string? name, string? after, int limit, int looked, long bytes, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await ListScript.EvaluateAsync(
            database, Keys.All, [Keys.Prefix, owner ?? "", Code(state), after ?? "", limit, looked, PageBytes, bytes, name ?? ""]))!;
        var tasks = Tasks(reply, 1, ref bytes);
        return (tasks, NullIfEmpty(reply[0]), bytes);
    }

    /// <summary>Lists the members of <paramref name="index"/> by score, otherwise as the other; returns id and score to go on after, null at the end.</summary>
    public async Task<(List<TaskRecord> Tasks, string? After, string? Score, long Bytes)> ListStateAsync(
        string index, TaskState state, string? name, string? after, string? score, int limit, int looked, long bytes, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (RedisResult[])(await ListStateScript.EvaluateAsync(
            database, Keys.All, [Keys.Prefix, index, Code(state), after ?? "", score ?? "", limit, looked, PageBytes, bytes, name ?? ""]))!;
        var tasks = Tasks(reply, 2, ref bytes);
        return (tasks, NullIfEmpty(reply[0]), NullIfEmpty(reply[1]), bytes);
    }

    public async Task<QueueCounts> CountAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var reply = (long[])(await CountScript.EvaluateAsync(database, Keys.All, [Keys.Prefix]))!;
        return new QueueCounts(reply[0], reply[1], reply[2], reply[3], TimeSpan.FromMilliseconds(Math.Max(reply[4], 0)), reply[5]);
    }

    private static List<TaskRecord> Tasks(RedisResult[] reply, int first, ref long bytes)
    {
        var tasks = new List<TaskRecord>();
        for (var i = first; i < reply.Length; i += 3)
        {
            var (record, outcome) = ((byte[])reply[i + 1]!, (byte[])reply[i + 2]!);
            tasks.Add(TaskRecord.Parse((string)reply[i]!, record, outcome));
            bytes += record.Length + outcome.Length;
        }

        return tasks;
    }

    private static TaskState? State(RedisResult code) => (string)code! is { Length: 1 } text ? TaskRecord.StateOf(text[0]) : null;

    private static RedisValue Code(TaskState? state) => state is { } one ? TaskRecord.Code(one).ToString() : "";

    private static string? NullIfEmpty(RedisResult text) => (string?)text is { Length: > 0 } value ? value : null;

    private static RedisValue Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
