using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Images;

/// <summary>Accepts images.</summary>
public sealed class ImageFunctions(ImageInbox inbox)
{
    private const long MaximumBytes = 10 * 1024 * 1024;

    /// <summary>Has thumbnails made of an image, by a task.</summary>
    /// <remarks>They are 128 and 512 pixels wide; the task's result names them.</remarks>
    /// <response code="202">The task.</response>
    /// <response code="400">The body is not an image of its content type.</response>
    [Function("UploadImage")]
    [RequestBody("image/png", "image/jpeg", "image/webp")]
    [RequireSession]
    [BodyLimit(MaximumBytes)]
    [RateLimit("images", limit: 20, windowSeconds: 60, Key = RateLimitKey.User)]
    [Idempotent]
    public async Task<Results<Accepted<TaskAcceptedAnswer>, ProblemHttpResult>> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "images")] HttpRequest request)
    {
        if (ImageFormat.Declared(request) is not { } format)
        {
            return Problems.UnsupportedMediaType("image/png, image/jpeg or image/webp");
        }

        return await inbox.AcceptAsync(request.Body, format, TaskDesk.OwnerOf(request.Caller().UserId), request.HttpContext.RequestAborted) is { } task
            ? TaskAcceptedAnswer.Of(task)
            : Problems.Invalid("body", $"The body is not an image of the type {format.MediaType}.");
    }
}
