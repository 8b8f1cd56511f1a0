using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/task-names</c>: the names that have handlers.</summary>
[Example("""{"names": ["generate_report", "send_email"]}""")]
public sealed record TaskNamesAnswer(IReadOnlyList<string> Names);
