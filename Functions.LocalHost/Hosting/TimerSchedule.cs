using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Cronos;

namespace Functions.LocalHost.Hosting;

/// <summary>When a timer function runs: six-field NCRONTAB (seconds first) in UTC, or a fixed interval.</summary>
internal sealed partial class TimerSchedule
{
    private readonly Func<DateTime, DateTime?> _next;

    private TimerSchedule(Func<DateTime, DateTime?> next) => _next = next;

    /// <summary>Reads a schedule; false for one that the Functions host would not take or that never comes.</summary>
    public static bool TryParse(string text, DateTime now, [NotNullWhen(true)] out TimerSchedule? schedule)
    {
        schedule = null;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero)
        {
            schedule = new TimerSchedule(after => after + interval);
        }
        else if (NCrontab().IsMatch(text) && CronExpression.TryParse(text, CronFormat.IncludeSeconds, out var expression))
        {
            schedule = new TimerSchedule(after => expression.GetNextOccurrence(after));
        }

        return schedule?._next(now) is not null;
    }

    /// <summary>The first occurrence after <paramref name="utc"/>.</summary>
    public DateTime Next(DateTime utc) => _next(utc) ?? DateTime.MaxValue;

    // Cronos knows more than NCRONTAB (L, W, #, ?, macros): a schedule that runs here has to run in Azure as well.
    [GeneratedRegex(@"^(?:[\d*,/\-\s]|SUN|MON|TUE|WED|THU|FRI|SAT|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+$", RegexOptions.IgnoreCase)]
    private static partial Regex NCrontab();
}
