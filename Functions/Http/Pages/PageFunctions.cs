using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Http.Pages;

/// <summary>What the built-in pages load.</summary>
public sealed class PageFunctions(PageFiles files)
{
    [Function("GetPageAsset")]
    public IResult GetAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "assets/{folder}/{file}")] HttpRequest request, string folder, string file) =>
        files.Asset(folder, file) ?? Problems.NotFound("No such resource");
}
