using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Functions.Reports;

/// <summary>Two days (<c>2026-11-23</c>), both included, or two moments (RFC 3339), the second excluded.</summary>
public sealed partial record DateRange([property: Required] string? From, [property: Required] string? To)
{
    /// <summary>The moments that it spans in UTC, the second excluded; false if it cannot be read.</summary>
    public bool TryGetMoments(out DateTimeOffset from, out DateTimeOffset to)
    {
        to = default;
        if (!TryParse(From, out from, out _) || !TryParse(To, out to, out var isDay))
        {
            return false;
        }

        if (isDay)
        {
            if (to > DateTimeOffset.MaxValue.AddDays(-2))
            {
                return false;
            }

            to = to.AddDays(1);
        }

        return true;
    }

    private static bool TryParse(string? text, out DateTimeOffset moment, out bool isDay)
    {
        isDay = DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);
        return isDay || (Moment().IsMatch(text ?? "") && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out moment));
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,7})?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Moment();
}
