using System.Text;
using Functions.Caching;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Caching;
using Functions.Redis.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.AdminConsole;

/// <summary>How well the cache does, and what is in it.</summary>
public sealed class ConsoleCacheFunctions(RedisHybridCache cache, FleetMonitor monitor)
{
    private const int MaximumKeyLength = 1024;

    /// <summary>How often answers came from the cache, by what their keys begin with.</summary>
    /// <response code="200">The counts.</response>
    [Function("ConsoleCache")]
    [QueryParameter(MinutesQuery.Name, typeof(int), MinutesQuery.Description, Minimum = 1, Maximum = MinutesQuery.Maximum)]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<CacheUseAnswer>, ProblemHttpResult>> UseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/cache")] HttpRequest request) =>
        request.TryReadMinutes(out var minutes, out var problem)
            ? TypedResults.Ok(new CacheUseAnswer(minutes, CachePrefixUse.Of((await monitor.ReadAsync(minutes, request.HttpContext.RequestAborted)).Minutes)))
            : problem;

    /// <summary>What is cached under a key.</summary>
    /// <response code="200">The entry.</response>
    /// <response code="404">Nothing is cached under the key.</response>
    [Function("ConsoleCacheEntry")]
    [QueryParameter("key", typeof(string), "The key.", IsRequired = true, Minimum = 1, Maximum = MaximumKeyLength, Example = "product:1")]
    [RequireAdmin]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<CacheEntryAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/cache/entry")] HttpRequest request)
    {
        if (!TryReadKey(request, out var key))
        {
            return NoKey();
        }

        return await cache.InspectAsync(key, request.HttpContext.RequestAborted) is { } entry
            ? TypedResults.Ok(CacheEntryAnswer.Of(entry))
            : Problems.NotFound("Nothing is cached under this key");
    }

    /// <summary>Has what is cached under a key made anew.</summary>
    /// <response code="200">Nobody is served the old value any more.</response>
    [Function("InvalidateCacheKey")]
    [QueryParameter("key", typeof(string), "The key.", IsRequired = true, Minimum = 1, Maximum = MaximumKeyLength, Example = "product:1")]
    [RequireAdmin]
    [Audited]
    [RateLimit(ConsoleFunctions.Policy, ConsoleFunctions.Limit, ConsoleFunctions.WindowSeconds, Key = RateLimitKey.User)]
    public async Task<Results<Ok<InvalidatedAnswer>, ProblemHttpResult>> RemoveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "console/cache/entry")] HttpRequest request)
    {
        if (!TryReadKey(request, out var key))
        {
            return NoKey();
        }

        await cache.RemoveAsync(key, CancellationToken.None);
        return TypedResults.Ok(new InvalidatedAnswer(true));
    }

    private static bool TryReadKey(HttpRequest request, out string key)
    {
        key = request.Query["key"].ToString();
        return key.Length is > 0 and <= MaximumKeyLength && key.EnumerateRunes().All(rune => rune != Rune.ReplacementChar);
    }

    private static ProblemHttpResult NoKey() => Problems.Invalid("key", $"The key must have 1 to {MaximumKeyLength} characters.");
}
