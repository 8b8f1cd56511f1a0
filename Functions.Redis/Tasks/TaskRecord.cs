using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>A task as it is stored; <c>steps/queue.lua</c> describes the layout.</summary>
public sealed record TaskRecord
{
    private const int HeaderLength = 69;

    /// <summary>Its id. Ids sort by the time at which they were made.</summary>
    public required string Id { get; init; }

    /// <summary>What is to be done.</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is; null for nobody's.</summary>
    public string? Owner { get; init; }

    /// <summary>The W3C trace context of whoever enqueued it; null if there was none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>What the handler needs; empty once the task has succeeded.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required TaskState State { get; init; }

    /// <summary>Which tasks go first.</summary>
    public required TaskPriority Priority { get; init; }

    /// <summary>Attempts that count, the running one included.</summary>
    public required int Attempts { get; init; }

    /// <summary>How many attempts there can be.</summary>
    public required int MaximumAttempts { get; init; }

    /// <summary>In percent, as its handler told; null if it has not.</summary>
    public int? Progress { get; init; }

    /// <summary>When it was enqueued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the last attempt started; null before the first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it succeeded, died or was cancelled; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When a delayed task is due; null for any other.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What the handler returned, as JSON; null unless the task has succeeded with a result.</summary>
    public ReadOnlyMemory<byte>? Result { get; init; }

    /// <summary>Why the last attempt failed; null if it did not.</summary>
    public string? Error { get; init; }

    /// <summary>How often it has been claimed, attempts that do not count included; of a task that succeeded, the claim whose result was accepted.</summary>
    public int Claim => int.Parse(Fence, CultureInfo.InvariantCulture);

    /// <summary>The claim in six digits.</summary>
    internal string Fence { get; init; } = "000000";

    /// <summary>The state as one character.</summary>
    internal static char Code(TaskState state) => state switch
    {
        TaskState.Queued => 'q',
        TaskState.Delayed => 'd',
        TaskState.Running => 'r',
        TaskState.Succeeded => 's',
        TaskState.Dead => 'x',
        _ => 'c',
    };

    internal static TaskState StateOf(char code) => code switch
    {
        'q' => TaskState.Queued,
        'd' => TaskState.Delayed,
        'r' => TaskState.Running,
        's' => TaskState.Succeeded,
        'x' => TaskState.Dead,
        'c' => TaskState.Cancelled,
        _ => throw new RedisException($"'{code}' is no state of a task."),
    };

    /// <summary>The part of a record that never changes.</summary>
    internal static byte[] Body(string name, string? owner, string? traceParent, ReadOnlySpan<byte> payload)
    {
        var about = $"{name}\n{owner}\n{traceParent}\n";
        var length = Encoding.UTF8.GetByteCount(about);
        var body = new byte[length + payload.Length];
        Encoding.UTF8.GetBytes(about, body);
        payload.CopyTo(body.AsSpan(length));
        return body;
    }

    internal static TaskRecord Parse(string id, ReadOnlyMemory<byte> record, ReadOnlyMemory<byte>? outcome = null)
    {
        var header = record.Span[..HeaderLength];
        var body = record[HeaderLength..];
        var state = StateOf((char)header[0]);
        var failed = state is not TaskState.Succeeded && outcome is { Length: > 0 };
        return new TaskRecord
        {
            Id = id,
            State = state,
            Priority = header[1] == 'h' ? TaskPriority.High : TaskPriority.Normal,
            Attempts = Number(header[2..5]),
            MaximumAttempts = Number(header[5..8]),
            Fence = Encoding.ASCII.GetString(header[8..14]),
            Progress = header[14] == '-' ? null : Number(header[14..17]),
            CreatedAt = Time(header[17..30]) ?? default,
            NextAttemptAt = state == TaskState.Delayed ? Time(header[30..43]) : null,
            StartedAt = Time(header[43..56]),
            FinishedAt = Time(header[56..69]),
            Name = Line(ref body)!,
            Owner = Line(ref body),
            TraceParent = Line(ref body),
            Payload = body,
            Result = state == TaskState.Succeeded && outcome is { Length: > 0 } ? outcome : null,
            Error = failed ? Encoding.UTF8.GetString(outcome!.Value.Span) : null,
        };
    }

    private static int Number(ReadOnlySpan<byte> digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(ReadOnlySpan<byte> digits) =>
        long.Parse(digits, CultureInfo.InvariantCulture) is > 0 and var milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    private static string? Line(ref ReadOnlyMemory<byte> body)
    {
        var end = body.Span.IndexOf((byte)'\n');
        var line = end == 0 ? null : Encoding.UTF8.GetString(body.Span[..end]);
        body = body[(end + 1)..];
        return line;
    }
}
