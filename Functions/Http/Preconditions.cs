using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Functions.Http;

/// <summary>On which conditions a request is to be carried out: <c>If-Match</c> and <c>If-None-Match</c> (RFC 9110, section 13.1).</summary>
/// <remarks>
/// A change evaluates them while it holds the lock of the row that it changes: whoever comes second with the same tag finds the row changed. They
/// are about a resource that exists; where there is none the answer is 404, as it would be without them (section 13.2.1).
/// </remarks>
public sealed class Preconditions
{
    private readonly IList<EntityTagHeaderValue>? _match;
    private readonly IList<EntityTagHeaderValue>? _noneMatch;

    private Preconditions(StringValues match, StringValues noneMatch) => (_match, _noneMatch) = (Parse(match), Parse(noneMatch));

    /// <summary>No condition at all.</summary>
    public static Preconditions None { get; } = new(default, default);

    /// <summary>Reads those of a request.</summary>
    public static Preconditions Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (match, noneMatch) = (request.Headers.IfMatch, request.Headers.IfNoneMatch);
        return match.Count + noneMatch.Count == 0 ? None : new(match, noneMatch);
    }

    /// <summary>Whether the resource may be changed, if <paramref name="representation"/> is what a GET of it answers now.</summary>
    public bool Allow<T>(T representation)
    {
        if (_match is null && _noneMatch is null)
        {
            return true;
        }

        var etag = EntityTag.OfJson(representation);
        return IsMatch(etag) && IsNoneMatch(etag);
    }

    /// <summary>Whether <c>If-Match</c> is missing or names <paramref name="etag"/>, which must be a strong one. A weak tag names none.</summary>
    public bool IsMatch(string etag) => _match is null || Includes(_match, etag, isStrong: true);

    /// <summary>Whether <c>If-None-Match</c> is missing or does not name <paramref name="etag"/>, be it as a weak tag.</summary>
    public bool IsNoneMatch(string etag) => _noneMatch is null || !Includes(_noneMatch, etag, isStrong: false);

    private static bool Includes(IList<EntityTagHeaderValue> tags, string etag, bool isStrong)
    {
        var current = EntityTagHeaderValue.Parse(etag);
        return tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(current, isStrong));
    }

    // What is there but cannot be read names nothing.
    private static IList<EntityTagHeaderValue>? Parse(StringValues header) =>
        header.Count == 0 ? null
        : EntityTagHeaderValue.TryParseList([.. header.Select(value => value ?? "")], out var tags) ? tags
        : [];
}
