using Microsoft.AspNetCore.Http;

namespace Functions.Http;

/// <summary>Tells caches on which request headers an answer depends.</summary>
public static class VaryExtensions
{
    /// <summary>Adds <paramref name="names"/> to <c>Vary</c>, each once; what stands there stays.</summary>
    public static void AddVary(this IHeaderDictionary headers, params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(headers);
        headers.Vary = string.Join(", ", headers.GetCommaSeparatedValues("Vary").Concat(names).Distinct(StringComparer.OrdinalIgnoreCase));
    }
}
