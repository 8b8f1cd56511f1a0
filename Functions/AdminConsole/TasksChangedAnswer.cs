using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>POST /console/tasks</c>.</summary>
/// <param name="Changed">How many were changed; the others had moved on by themselves.</param>
[Example("""{"changed": 3}""")]
public sealed record TasksChangedAnswer(int Changed);
