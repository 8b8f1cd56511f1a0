using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Http.Pages;

/// <summary>What the built-in pages load.</summary>
public sealed class PageFunctions(PageFiles files)
{
    /// <summary>A file that a page loads.</summary>
    /// <param name="folder">Of which page.</param>
    /// <param name="file">The file's name.</param>
    /// <response code="200">The file.</response>
    /// <response code="404">There is no such file.</response>
    [Function("GetPageAsset")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/javascript", "text/css", "image/svg+xml", "text/plain")]
    public IResult GetAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "assets/{folder}/{file}")] HttpRequest request, string folder, string file) =>
        files.Asset(folder, file) ?? Problems.NotFound("No such resource");
}
