namespace Functions.Redis.Tasks;

/// <summary>A part of a list of tasks.</summary>
/// <param name="Items">The tasks, the youngest first. A page may hold fewer than were asked for, even none, and still not be the last.</param>
/// <param name="NextCursor">Asks for what follows; null at the end.</param>
public sealed record TaskPage(IReadOnlyList<TaskRecord> Items, string? NextCursor);
