namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/task-names</c>: the names that have handlers.</summary>
public sealed record TaskNamesAnswer(IReadOnlyList<string> Names);
