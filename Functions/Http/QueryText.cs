using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Http;

/// <summary>Reads query parameters.</summary>
public static class QueryText
{
    /// <summary>Reads an optional whole number; false with the problem if it is none or out of range.</summary>
    public static bool TryGetInteger(
        this IQueryCollection query, string name, int minimum, int maximum, out int? value, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        ArgumentNullException.ThrowIfNull(query);
        value = null;
        problem = null;
        if (!query.TryGetValue(name, out var text))
        {
            return true;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum)
        {
            value = number;
            return true;
        }

        problem = Problems.Invalid(name, maximum == int.MaxValue
            ? $"The value must be a whole number of at least {minimum}."
            : $"The value must be a whole number from {minimum} to {maximum}.");
        return false;
    }
}
