namespace Functions.Redis.Tasks;

/// <summary>Which tasks to list.</summary>
public sealed record TaskListQuery
{
    /// <summary>Whose; null for everybody's.</summary>
    public string? Owner { get; init; }

    /// <summary>In which state; null for all.</summary>
    public TaskState? State { get; init; }

    /// <summary>Of which name; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>How many at most; default 20.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>The cursor of the page before; null for the first.</summary>
    public string? Cursor { get; init; }
}
