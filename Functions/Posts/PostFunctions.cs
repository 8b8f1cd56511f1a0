using Functions.Http;
using Functions.Http.Policies;
using Functions.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Posts;

/// <summary>Posts of users.</summary>
public sealed class PostFunctions(PostBoard posts)
{
    [Function("ListPosts")]
    [RateLimit("users", limit: 100, windowSeconds: 60)]
    [CacheResult("posts", ttlSeconds: 600, Query = ["limit", "cursor"])]
    public async Task<Results<Ok<Page<PostAnswer>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "users/{id:int}/posts")] HttpRequest request, int id)
    {
        if (!PageRequest.TryRead(request, out var page, out var problem))
        {
            return problem;
        }

        request.AddCacheTag(UserDirectory.Tag(id)); // Also of nobody, see UserFunctions.
        if (await posts.ListAsync(id, page, request.HttpContext.RequestAborted) is not { } list)
        {
            return Problems.NotFound("No such user");
        }

        request.CachePage(list);
        return TypedResults.Ok(list);
    }

    [Function("CreatePost")]
    [RequireSession]
    [RateLimit("posts", limit: 60, windowSeconds: 60, Key = RateLimitKey.User)]
    [Idempotent(IsRepeatable = true)]
    public async Task<Results<Created<PostAnswer>, ProblemHttpResult>> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "posts")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<CreatePostRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var userId = request.Caller().UserId;
        return await posts.CreateAsync(userId, body.Title!, body.Body!, request.IdempotencyDigests(), request.HttpContext.RequestAborted) is { } post
            ? TypedResults.Created($"/api/users/{userId}/posts", post)
            : Problems.NotFound("No such user");
    }
}
