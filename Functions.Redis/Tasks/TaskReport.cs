using System.Globalization;
using StackExchange.Redis;

namespace Functions.Redis.Tasks;

/// <summary>What a worker tells of a running task; <c>advance.lua</c> lists the verbs.</summary>
/// <param name="Run">The running task.</param>
/// <param name="Verb">One letter.</param>
/// <param name="Text">Result, reason or progress.</param>
/// <param name="Delay">How long the next attempt waits.</param>
internal readonly record struct TaskReport(TaskRun Run, RedisValue Verb, RedisValue Text, TimeSpan Delay = default)
{
    public static TaskReport Succeeded(TaskRun run, ReadOnlyMemory<byte> result) => new(run, "s", result);

    public static TaskReport Failed(TaskRun run, string reason, TimeSpan delay) => new(run, "f", reason, delay);

    public static TaskReport Dead(TaskRun run, string reason) => new(run, "d", reason);

    public static TaskReport GivenBack(TaskRun run) => new(run, "g", "");

    public static TaskReport Extended(TaskRun run, int? progress) =>
        new(run, "e", progress is { } percent ? percent.ToString("000", CultureInfo.InvariantCulture) : "");

    /// <summary>What an extension tells of progress; null if nothing.</summary>
    public int? Progress => Verb == "e" && !Text.IsNullOrEmpty ? int.Parse((string)Text!, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether the attempt is over.</summary>
    public bool Ends => Verb != "e";
}
