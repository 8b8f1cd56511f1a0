using Functions.Http;
using Functions.Http.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Products;

/// <summary>The product catalogue: everybody reads, administrators write.</summary>
public sealed class ProductFunctions(ProductCatalog products)
{
    private const string NoSuchProduct = "No such product";

    [Function("ListProducts")]
    [RateLimit("products", limit: 100, windowSeconds: 60)]
    [CacheResult("products", ttlSeconds: 600, "products", ProductCatalog.ListsTag, Query = ["category", "limit", "cursor"])]
    public async Task<Results<Ok<Page<ProductAnswer>>, ProblemHttpResult>> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "products")] HttpRequest request)
    {
        if (!request.Query.TryGetInteger("category", 1, int.MaxValue, out var category, out var problem)
            || !PageRequest.TryRead(request, out var page, out problem))
        {
            return problem;
        }

        var list = await products.ListAsync(category, page, request.HttpContext.RequestAborted);
        if (category is not { } id)
        {
            request.CachePage(list);
        }
        else if (list.IsEmpty)
        {
            request.SkipCache(); // Maybe there is no such category, nor any end of them.
        }
        else
        {
            request.CachePage(list, ProductCatalog.CategoryTag(id));
        }

        return TypedResults.Ok(list);
    }

    [Function("GetProduct")]
    [RateLimit("products", limit: 100, windowSeconds: 60)]
    [CacheResult(ProductCatalog.CachePrefix, ttlSeconds: 600, "products", Absent = NoSuchProduct)]
    public async Task<Results<Ok<ProductAnswer>, ProblemHttpResult>> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "products/{id:int}")] HttpRequest request, int id)
    {
        if (await products.FindAsync(id, request.HttpContext.RequestAborted) is not { } product)
        {
            return Problems.NotFound(NoSuchProduct);
        }

        request.AddCacheTag(ProductCatalog.Tag(id));
        request.AddCacheTag(ProductCatalog.CategoryTag(product.CategoryId));
        return TypedResults.Ok(product);
    }

    [Function("CreateProduct")]
    [RequireAdmin]
    [Audited]
    [Idempotent(IsRepeatable = true)]
    public async Task<Results<ETagged<Created<ProductAnswer>>, ProblemHttpResult>> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "products")] HttpRequest request)
    {
        if (!(await request.ReadJsonAsync<CreateProductRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        return await products.CreateAsync(body, request.IdempotencyDigests(), request.HttpContext.RequestAborted) is { } product
            ? TypedResults.Created($"/api/products/{product.Id}", product).WithETagOf(product)
            : NoSuchCategory();
    }

    [Function("UpdateProduct")]
    [RequireAdmin]
    [Audited]
    public async Task<Results<ETagged<Ok<ProductAnswer>>, ProblemHttpResult>> UpdateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "products/{id:int}")] HttpRequest request, int id)
    {
        if (!(await request.ReadJsonAsync<UpdateProductRequest>()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var change = await products.UpdateAsync(id, body, Preconditions.Of(request), request.HttpContext.RequestAborted);
        return change.Product is { } product ? TypedResults.Ok(product).WithETagOf(product) : Refused(change.Outcome);
    }

    [Function("DeleteProduct")]
    [RequireAdmin]
    [Audited]
    public async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "products/{id:int}")] HttpRequest request, int id)
    {
        var outcome = await products.DeleteAsync(id, Preconditions.Of(request), request.HttpContext.RequestAborted);
        return outcome == ChangeOutcome.Made ? TypedResults.NoContent() : Refused(outcome);
    }

    private static ProblemHttpResult Refused(ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.CategoryMissing => NoSuchCategory(),
        ChangeOutcome.PreconditionFailed => Problems.PreconditionFailed(),
        _ => Problems.NotFound(NoSuchProduct),
    };

    private static ProblemHttpResult NoSuchCategory() => Problems.Invalid("category_id", "There is no such category.");
}
