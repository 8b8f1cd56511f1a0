using Functions.Redis.Caching;

namespace Functions.Http.Policies;

/// <summary>Caches the answers of a function, by its route values.</summary>
/// <param name="prefix">What the keys start with; route values and query parameters follow.</param>
/// <param name="ttlSeconds">How long an answer is served.</param>
/// <param name="tags">
/// Names under which answers can be invalidated. A tag that names something belongs to the answers that have it: <c>AddCacheTag</c>. Tags are
/// remembered for days, and callers may ask for what there is not as often as they like.
/// </param>
/// <remarks>
/// Answers with status 200 are cached, and 404 for a short time if <see cref="Absent"/> says so. They carry <c>ETag</c>, <c>Cache-Control</c> and <c>X-Cache</c>, and a
/// conditional request is answered with 304.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CacheResultAttribute(string prefix, int ttlSeconds, params string[] tags) : Attribute
{
    /// <summary>What the keys start with.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>How long an answer is served, in seconds.</summary>
    public int TtlSeconds { get; } = ttlSeconds;

    /// <summary>Tags of all answers.</summary>
    public IReadOnlyList<string> Tags { get; } = tags;

    /// <summary>Query parameters that the answer depends on; others are ignored.</summary>
    public string[] Query { get; set; } = [];

    /// <summary>
    /// How long an expired answer is still served if the function fails, because its servers cannot be reached; default one hour. What was
    /// invalidated is never served.
    /// </summary>
    public int FailSafeSeconds { get; set; } = 3600;

    /// <summary>
    /// The route value that names the user whom the answer is about, if that user and administrators see more than others; null if everybody
    /// sees the same.
    /// </summary>
    public string? Owner { get; set; }

    /// <summary>
    /// What a 404 of the function says, if it is cached: under the entry's key without a tag that names it, so whatever makes the thing removes
    /// the key. Null does not cache a 404.
    /// </summary>
    public string? Absent { get; set; }

    internal RedisCacheEntryOptions EntryOptions => field ??= new RedisCacheEntryOptions
    {
        Expiration = TimeSpan.FromSeconds(TtlSeconds),
        FailSafe = TimeSpan.FromSeconds(FailSafeSeconds),
        StaleWhileRevalidate = TimeSpan.Zero, // A function needs its request: it cannot run when that has been answered.
    };
}
