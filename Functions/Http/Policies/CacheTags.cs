using Functions.Redis.Caching;
using Microsoft.AspNetCore.Http;

namespace Functions.Http.Policies;

/// <summary>Lets a cached function say how its answer is to be cached.</summary>
public static class CacheTags
{
    private const int LargestCachedPage = 64 * 1024;

    /// <summary>Adds a tag to the answer that is being made; nothing for a function whose answers are not cached.</summary>
    public static void AddCacheTag(this HttpRequest request, string tag)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.HttpContext.Features.Get<CacheEntryContext>()?.AddTag(tag);
    }

    /// <summary>The answer that is being made is not to be cached; nothing for a function whose answers are not.</summary>
    public static void SkipCache(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.HttpContext.Features.Get<CacheEntryContext>()?.Expiration = TimeSpan.Zero;
    }

    /// <summary>
    /// Caches a page under <paramref name="tags"/> if it is worth it: not the empty ones behind whatever a caller makes up, nor a second copy of
    /// what another cursor shows, nor a large one.
    /// </summary>
    public static void CachePage(this HttpRequest request, IPage page, params ReadOnlySpan<string> tags)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (!page.IsOfKnownCursor || page.Bytes > LargestCachedPage)
        {
            request.SkipCache();
            return;
        }

        foreach (var tag in tags)
        {
            request.AddCacheTag(tag);
        }
    }
}
