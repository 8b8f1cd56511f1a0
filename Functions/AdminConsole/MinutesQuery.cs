using System.Diagnostics.CodeAnalysis;
using Functions.Http;
using Functions.Redis.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.AdminConsole;

/// <summary>Reads over how many minutes figures are asked for.</summary>
internal static class MinutesQuery
{
    private const int Default = 60;

    /// <summary>Reads <c>minutes</c>, 1 to those of <see cref="FleetMonitor.Retention"/>, default 60.</summary>
    public static bool TryReadMinutes(this HttpRequest request, out int minutes, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        var isRead = request.Query.TryGetInteger("minutes", 1, (int)FleetMonitor.Retention.TotalMinutes, out var asked, out problem);
        minutes = asked ?? Default;
        return isRead;
    }
}
