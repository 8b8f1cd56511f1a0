using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Http.Pages;

/// <summary>What the built-in pages load.</summary>
public sealed class PageFunctions(PageFiles files)
{
    /// <summary>A file that a built-in page loads.</summary>
    /// <param name="request">The request.</param>
    /// <param name="folder">The folder of the page.</param>
    /// <param name="file">The name of the file.</param>
    /// <response code="404">There is no such file.</response>
    [Function("GetPageAsset")]
    public IResult GetAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "assets/{folder}/{file}")] HttpRequest request, string folder, string file) =>
        files.Asset(folder, file) ?? Problems.NotFound("No such resource");
}
