namespace Functions.Reports;

/// <summary>The result of a report.</summary>
/// <param name="Files">The names of its files.</param>
/// <param name="Rows">How many rows it has, the heading not counted.</param>
public sealed record ReportResult(IReadOnlyList<string> Files, long Rows);
