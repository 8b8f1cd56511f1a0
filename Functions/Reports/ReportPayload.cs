namespace Functions.Reports;

/// <summary>What the task of a report carries.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="From">The first moment.</param>
/// <param name="To">The first moment that is not in it.</param>
/// <param name="UserId">Who asked for it.</param>
/// <param name="IsAdmin">Whether that user may see what belongs to others.</param>
public sealed record ReportPayload(ReportType Type, DateTimeOffset From, DateTimeOffset To, int UserId, bool IsAdmin);
