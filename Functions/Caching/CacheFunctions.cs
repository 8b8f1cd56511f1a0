using System.Text;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Caching;

/// <summary>Lets administrators remove what is cached, for instance after data were changed past the application.</summary>
public sealed class CacheFunctions(RedisHybridCache cache)
{
    private const int MaximumTagBytes = 1024;

    /// <summary>Has every instance make anew what was cached under a tag.</summary>
    /// <param name="tag">The tag, such as <c>products</c>, <c>category:3</c> or <c>user:5</c>; <c>*</c> is everything.</param>
    /// <response code="200">Nobody is served the old values any more.</response>
    /// <response code="400">The tag is blank or too long.</response>
    [Function("InvalidateCacheTag")]
    [RequireAdmin]
    [Audited]
    public async Task<Results<Ok<InvalidatedAnswer>, ProblemHttpResult>> InvalidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "cache/tags/{tag}")] HttpRequest request, string tag)
    {
        if (string.IsNullOrWhiteSpace(tag) || Encoding.UTF8.GetByteCount(tag) > MaximumTagBytes)
        {
            return Problems.Invalid("tag", $"The tag must have 1 to {MaximumTagBytes} bytes.");
        }

        await cache.RemoveByTagAsync(tag, CancellationToken.None);
        return TypedResults.Ok(new InvalidatedAnswer(true));
    }
}

/// <summary>The answer of <c>DELETE /cache/tags/{tag}</c>; how many entries it was is not counted, as that would cost more than removing them.</summary>
[Example("""{"invalidated": true}""")]
public sealed record InvalidatedAnswer(bool Invalidated);
