using System.Diagnostics.CodeAnalysis;
using Functions.Http;
using Functions.Redis.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.AdminConsole;

/// <summary>Reads over how many minutes figures are asked for.</summary>
internal static class MinutesQuery
{
    /// <summary>The parameter.</summary>
    public const string Name = "minutes";

    /// <summary>What it does, for the OpenAPI document.</summary>
    public const string Description = "Over how many minutes up to now; default 60.";

    /// <summary>The most that can be asked for.</summary>
    public const int Maximum = FleetMonitor.RetainedMinutes;

    private const int Default = 60;

    /// <summary>Reads <c>minutes</c>, 1 to <see cref="Maximum"/>, default 60.</summary>
    public static bool TryReadMinutes(this HttpRequest request, out int minutes, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        var isRead = request.Query.TryGetInteger(Name, 1, Maximum, out var asked, out problem);
        minutes = asked ?? Default;
        return isRead;
    }
}
