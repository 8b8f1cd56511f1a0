using Functions.Redis.Caching;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Lets a cached function add tags that only its answer tells.</summary>
public static class CacheTags
{
    /// <summary>Adds a tag to the answer that is being made; nothing for a function whose answers are not cached.</summary>
    public static void AddCacheTag(this HttpRequest request, string tag)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.HttpContext.Features.Get<CacheEntryContext>()?.AddTag(tag);
    }
}
