using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.Reports;

/// <summary>The body of <c>POST /reports</c>.</summary>
[Example("""{"type": "sales", "date_range": {"from": "2026-11-01", "to": "2026-11-30"}}""")]
public sealed record ReportRequest([property: Required] ReportType? Type, [property: Required] DateRange? DateRange) : IValidatableObject
{
    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DateRange is null)
        {
            yield break;
        }

        if (!DateRange.TryGetMoments(out var from, out var to))
        {
            yield return new ValidationResult(
                "The range needs from and to, each a day (2026-11-23) or a time (2026-11-23T10:00:00Z).", [nameof(DateRange)]);
        }
        else if (from >= to)
        {
            yield return new ValidationResult("The range ends before it begins.", [nameof(DateRange)]);
        }
    }
}
