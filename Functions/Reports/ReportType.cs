namespace Functions.Reports;

/// <summary>What a report is about.</summary>
public enum ReportType
{
    Sales,
    Users,
    Messages,
}
