using System.Text;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Redis.Caching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Caching;

/// <summary>Lets administrators remove what is cached, for instance after data were changed past the application.</summary>
public sealed class CacheFunctions(RedisHybridCache cache)
{
    private const int MaximumTagBytes = 1024;

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
public sealed record InvalidatedAnswer(bool Invalidated);
