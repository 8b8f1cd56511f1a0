using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/task-count</c>.</summary>
/// <param name="Count">How many tasks the filter finds, up to <paramref name="Maximum"/>.</param>
/// <param name="Maximum">How many one change takes at most.</param>
[Example("""{"count": 3, "maximum": 1000}""")]
public sealed record TaskCountAnswer(int Count, int Maximum);
