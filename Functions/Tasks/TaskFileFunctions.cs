using System.Text.Json;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tasks;

/// <summary>Serves the files that tasks have made.</summary>
public sealed class TaskFileFunctions(TaskDesk desk, TaskFiles files)
{
    /// <summary>Downloads a file that a task has made.</summary>
    /// <param name="id">The task.</param>
    /// <param name="name">A name from the task's <c>result.files</c>.</param>
    /// <response code="200">The file.</response>
    /// <response code="404">The caller has no such task, or the task no such file.</response>
    [Function("GetTaskFile")]
    [ResponseHeader(StatusCodes.Status200OK, "Content-Disposition", "The name of the file.")]
    [ProducesResponseType<Stream>(StatusCodes.Status200OK, "text/csv", "image/png", "image/jpeg", "image/webp", "application/octet-stream")]
    [RequireSession]
    public async Task<Results<FileStreamHttpResult, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "tasks/{id}/files/{name}")] HttpRequest request, string id, string name)
    {
        var cancellation = request.HttpContext.RequestAborted;
        // Only what the accepted result says that the task made: no originals, no half-written files, none of an attempt that lost its lease.
        if (await desk.FindAsync(id, request.Caller().UserId, cancellation) is not { } task
            || !FilesOf(task).Contains(name)
            || await files.OpenOutputAsync(task, name, cancellation) is not { } content)
        {
            return Problems.NotFound("No such file");
        }

        request.HttpContext.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(content, ContentTypeOf(name), fileDownloadName: name);
    }

    private static IReadOnlyList<string> FilesOf(TaskRecord task) =>
        task.Result is { } result && JsonSerializer.Deserialize<JsonElement>(result.Span) is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty("files", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".csv" => "text/csv; charset=utf-8",
        ".png" => "image/png",
        ".jpg" => "image/jpeg",
        ".webp" => "image/webp",
        _ => "application/octet-stream",
    };
}
