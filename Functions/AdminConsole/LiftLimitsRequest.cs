using System.ComponentModel.DataAnnotations;
using Functions.OpenApi;

namespace Functions.AdminConsole;

/// <summary>The body of <c>PUT /console/limits/callers/{caller}/lift</c>.</summary>
[Example("""{"minutes": 10}""")]
public sealed record LiftLimitsRequest
{
    /// <summary>For how long, up to a day.</summary>
    [Required, Range(1, 24 * 60)]
    public int? Minutes { get; init; }
}
