using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Products;

/// <summary>The product catalogue: everybody reads, administrators write.</summary>
public sealed class ProductFunctions(ProductCatalog products)
{
    private const string NoSuchProduct = "No such product";

    /// <summary>Lists categories by id.</summary>
    /// <response code="200">A page of categories.</response>
    [Function("ListCategories")]
    [RateLimit("products", limit: 100, windowSeconds: 60)]
    [CacheResult("categories", ttlSeconds: 600, "products", Query = ["limit", "cursor"])]
    public async Task<Results<Ok<Page<CategoryAnswer>>, ProblemHttpResult>> ListCategoriesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "categories")] HttpRequest request)
    {
        if (!PageRequest.TryRead(request, out var page, out var problem))
        {
            return problem;
        }

        var list = await products.ListCategoriesAsync(page, request.HttpContext.RequestAborted);
        request.CachePage(list);
        return TypedResults.Ok(list);
    }

    /// <summary>Lists products by id.</summary>
    /// <response code="200">A page of products.</response>
    [Function("ListProducts")]
    [QueryParameter("category", typeof(int), "Only products of this category.", Minimum = 1)]
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

    /// <summary>Shows a product.</summary>
    /// <param name="id">The product.</param>
    /// <response code="200">The product.</response>
    /// <response code="404">There is no such product.</response>
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

    /// <summary>Adds a product.</summary>
    /// <response code="201">The product.</response>
    [Function("CreateProduct")]
    [RequestBody<CreateProductRequest>]
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

    /// <summary>Changes a product: what the body names.</summary>
    /// <remarks>Every instance shows the change from the answer on, and everybody gets the event <c>product_updated</c>.</remarks>
    /// <param name="id">The product.</param>
    /// <response code="200">The product as it is now.</response>
    /// <response code="404">There is no such product.</response>
    [Function("UpdateProduct")]
    [RequestBody<UpdateProductRequest>]
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

    /// <summary>Deletes a product.</summary>
    /// <param name="id">The product.</param>
    /// <response code="204">The product is deleted.</response>
    /// <response code="404">There is no such product.</response>
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
