using Functions.Http;
using Functions.Http.Pages;
using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Shop;

/// <summary>A small shop in the browser that shows what the backend does; it uses the endpoints that everybody has.</summary>
public sealed class ShopFunctions(DemoShop shop, PageFiles files)
{
    /// <summary>The demo shop, a page.</summary>
    /// <response code="200">The page.</response>
    /// <response code="404">The shop is closed.</response>
    [Function("GetShop")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/html")]
    public IResult Show([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "shop")] HttpRequest request) =>
        shop.IsOpen ? files.Page("shop/shop.html", images: "blob:") : Closed();

    /// <summary>Lists the demo accounts that the shop offers.</summary>
    /// <response code="200">The accounts; none outside of Development.</response>
    /// <response code="404">The shop is closed.</response>
    [Function("ListShopAccounts")]
    public Results<Ok<IReadOnlyList<DemoAccount>>, ProblemHttpResult> ListAccounts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "shop/accounts")] HttpRequest request) =>
        shop.IsOpen ? TypedResults.Ok(shop.Accounts) : Closed();

    private static ProblemHttpResult Closed() => Problems.NotFound("No such resource");
}
