using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Shop;

/// <summary>A small shop in the browser that shows what the backend does; made of the endpoints that everybody has.</summary>
public sealed class ShopFunctions(ShopPages pages)
{
    [Function("Shop")]
    public IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "shop")] HttpRequest request) => pages.Find("index.html", request);

    [Function("ShopFile")]
    public IResult File([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "shop/{name}")] HttpRequest request, string name) => pages.Find(name, request);
}
