using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Functions.Http;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Tasks;

/// <summary>Reads which tasks a request asks for.</summary>
internal static class TaskListRequest
{
    /// <summary>How long a name or an owner may be, in UTF-16 code units.</summary>
    public const int LongestFilter = 100;

    private const int MaximumLimit = 100;

    /// <summary>Reads <c>state</c>, <c>all</c>, <c>limit</c> and <c>cursor</c>; false with the problem to answer.</summary>
    public static bool TryRead(
        IQueryCollection query, string owner, [NotNullWhen(true)] out TaskListQuery? tasks, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        tasks = null;
        if (!query.TryGetInteger("limit", 1, MaximumLimit, out var limit, out problem))
        {
            return false;
        }

        TaskState? state = null;
        if (query.TryGetValue("state", out var text))
        {
            state = Enum.GetValues<TaskState>().Cast<TaskState?>()
                .FirstOrDefault(one => JsonNamingPolicy.SnakeCaseLower.ConvertName(one!.Value.ToString()) == text);
            if (state is null)
            {
                problem = Problems.Invalid("state", "The value must be queued, running, delayed, succeeded, dead or cancelled.");
                return false;
            }
        }

        var all = false;
        if (query.TryGetValue("all", out var everybody) && !bool.TryParse(everybody, out all))
        {
            problem = Problems.Invalid("all", "The value must be true or false.");
            return false;
        }

        tasks = new TaskListQuery
        {
            Owner = all ? null : owner,
            State = state,
            Limit = limit ?? 20,
            Cursor = query.TryGetValue("cursor", out var cursor) ? cursor.ToString() : null,
        };
        return true;
    }

    /// <summary>Reads <c>state</c>, <c>name</c>, <c>owner</c>, <c>limit</c> and <c>cursor</c>, of whoever's tasks; false with the problem to answer.</summary>
    public static bool TryReadAll(
        IQueryCollection query, [NotNullWhen(true)] out TaskListQuery? tasks, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        if (!TryRead(query, "", out tasks, out problem) || !TryReadFilter(query, "name", out var name, out problem) || !TryReadFilter(query, "owner", out var owner, out problem))
        {
            return false;
        }

        tasks = tasks with { Name = name, Owner = owner };
        return true;
    }

    private static bool TryReadFilter(IQueryCollection query, string parameter, out string? value, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        value = query[parameter].ToString() is { Length: > 0 } text ? text : null;
        problem = value?.Length > LongestFilter ? Problems.Invalid(parameter, $"The value may have {LongestFilter} characters at most.") : null;
        return problem is null;
    }
}
