using Functions.Redis.Tasks;
using Functions.Tasks;

namespace Functions.AdminConsole;

/// <summary>A task with its owner.</summary>
public sealed record ConsoleTask(TaskAnswer Task, string? Owner)
{
    internal static ConsoleTask Of(TaskRecord task) => new(TaskAnswer.Of(task), task.Owner);
}
