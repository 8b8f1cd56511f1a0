using System.ComponentModel.DataAnnotations;
using Functions.Http;
using Functions.OpenApi;
using Functions.Redis.Tasks;

namespace Functions.AdminConsole;

/// <summary>The body of <c>POST /console/tasks</c>.</summary>
[Example("""{"action": "retry", "state": "dead", "name": "send_email", "count": 3}""")]
public sealed record ChangeTasksRequest : IValidatableObject
{
    [Required]
    public TaskBulkAction? Action { get; init; }

    [Required]
    public TaskState? State { get; init; }

    [TextLength(100, Minimum = 1)]
    public string? Name { get; init; }

    [TextLength(100, Minimum = 1)]
    public string? Owner { get; init; }

    /// <summary>How many tasks the caller believes it is.</summary>
    [Required, Range(1, TaskBulk.Maximum)]
    public int? Count { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Action is TaskBulkAction.Retry != State is TaskState.Dead or TaskState.Cancelled || State is TaskState.Succeeded)
        {
            yield return new ValidationResult("Tasks are cancelled that are queued, running or delayed, and retried that are dead or cancelled.", [nameof(State)]);
        }
    }
}
