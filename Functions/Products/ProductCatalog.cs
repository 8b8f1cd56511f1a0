using System.Globalization;
using System.Linq.Expressions;
using Functions.Data;
using Functions.Events;
using Functions.Http;
using Functions.Redis.Caching;
using Microsoft.EntityFrameworkCore;

namespace Functions.Products;

/// <summary>Reads and changes products, and invalidates what is cached about them.</summary>
public sealed class ProductCatalog(IDbContextFactory<AppDbContext> contexts, RedisHybridCache cache, Outbox outbox, TimeProvider time)
{
    /// <summary>The tag of every cached list of products; any change of a product may change one of them.</summary>
    public const string ListsTag = "product-lists";

    private static readonly Expression<Func<Product, ProductAnswer>> Answer = product =>
        new ProductAnswer(product.Id, product.Name, product.Description, product.Price, product.CategoryId, product.UpdatedAt);

    private static readonly Func<Product, ProductAnswer> ToAnswer = Answer.Compile();

    /// <summary>What the keys of cached products start with; their ids follow after a colon.</summary>
    public const string CachePrefix = "product";

    /// <summary>The tag of everything that is cached about a product.</summary>
    public static string Tag(int id) => string.Create(CultureInfo.InvariantCulture, $"product:{id}");

    /// <summary>The tag of everything that is cached about a category.</summary>
    public static string CategoryTag(int categoryId) => string.Create(CultureInfo.InvariantCulture, $"category:{categoryId}");

    /// <summary>A page of products by id, of one category or of all.</summary>
    public async Task<Page<ProductAnswer>> ListAsync(int? categoryId, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return await contexts.ReadAsync(
            context => page.OfAsync(
                context.Products
                    .Where(product => (categoryId == null || product.CategoryId == categoryId) && (page.After == null || product.Id >= page.After))
                    .OrderBy(product => product.Id)
                    .Take(page.Read)
                    .Select(Answer)
                    .AsAsyncEnumerable(),
                product => product.Id),
            cancellationToken);
    }

    /// <summary>A product, or null.</summary>
    public Task<ProductAnswer?> FindAsync(int id, CancellationToken cancellationToken) => contexts.ReadAsync(
        context => context.Products.Where(product => product.Id == id).Select(Answer).FirstOrDefaultAsync(cancellationToken), cancellationToken);

    /// <summary>Stores a product, or returns null if there is no such category. Once for all that have the same <paramref name="attempt"/>, if it is not null.</summary>
    public async Task<ProductAnswer?> CreateAsync(CreateProductRequest request, byte[]? attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var product = new Product
        {
            Name = request.Name!,
            Description = request.Description ?? "",
            Price = request.Price!.Value,
            CategoryId = request.CategoryId!.Value,
            UpdatedAt = time.GetUtcNow(),
        };

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        Committed? made;
        try
        {
            made = await context.CommitOnceAsync(attempt, product.UpdatedAt, StoreAsync, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateNewAsync(product.Id);
            throw;
        }

        if (made is null)
        {
            return null;
        }

        await InvalidateNewAsync((int)made.Id);
        // An earlier attempt had the same fields. The first answer does not change, whatever has become of the product.
        return ToAnswer(product) with { Id = (int)made.Id, UpdatedAt = made.At };

        async Task<long?> StoreAsync()
        {
            context.Add(product);
            return await SaveAsync(context, cancellationToken) ? product.Id : null;
        }
    }

    /// <summary>Changes the fields that <paramref name="request"/> names.</summary>
    public async Task<ProductUpdate> UpdateAsync(int id, UpdateProductRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var product = await context.Products.FindAsync([id], cancellationToken);
        if (product is null)
        {
            return new ProductUpdate(null, IsCategoryMissing: false);
        }

        product.Name = request.Name ?? product.Name;
        product.Description = request.Description ?? product.Description;
        product.Price = request.Price ?? product.Price;
        product.CategoryId = request.CategoryId ?? product.CategoryId;
        product.UpdatedAt = time.GetUtcNow();
        outbox.AddBroadcast(context, ProductUpdated.EventType, new ProductUpdated(id, ChangesOf(request)));
        try
        {
            if (!await SaveAsync(context, cancellationToken))
            {
                return new ProductUpdate(null, IsCategoryMissing: true);
            }
        }
        catch (DbUpdateException exception) when (exception.IsRowGone())
        {
            return new ProductUpdate(null, IsCategoryMissing: false);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync(id);
            throw;
        }

        await InvalidateAsync(id);
        outbox.Committed();
        return new ProductUpdate(ToAnswer(product), IsCategoryMissing: false);
    }

    /// <summary>Deletes a product; false if there is none.</summary>
    public async Task<bool> DeleteAsync(int id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        int deleted;
        try
        {
            deleted = await context.Products.Where(product => product.Id == id).ExecuteDeleteAsync(cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync(id);
            throw;
        }

        // Also without a product: what had to follow its deletion may have failed then.
        await InvalidateAsync(id);
        return deleted > 0;
    }

    /// <summary>Has what is cached about a product made anew.</summary>
    // After the commit, and even if the caller has gone: from the answer on, nobody gets the old state.
    internal ValueTask InvalidateAsync(int id) => cache.RemoveByTagAsync(Tags(id), CancellationToken.None);

    // Somebody may have asked for the id before it was given out: that there was none is cached under the key alone.
    private Task InvalidateNewAsync(int id) => Task.WhenAll(
        cache.RemoveAsync(string.Create(CultureInfo.InvariantCulture, $"{CachePrefix}:{id}"), CancellationToken.None).AsTask(),
        cache.RemoveByTagAsync(ListsTag, CancellationToken.None).AsTask());

    /// <summary>Drops what this process has in its own memory about a product.</summary>
    internal void DropLocal(int id) => cache.RemoveLocalByTag(Tags(id));

    private static string[] ChangesOf(UpdateProductRequest request)
    {
        (string Name, bool IsGiven)[] fields =
        [
            ("name", request.Name is not null),
            ("description", request.Description is not null),
            ("price", request.Price is not null),
            ("category_id", request.CategoryId is not null),
        ];
        return [.. fields.Where(field => field.IsGiven).Select(field => field.Name)];
    }

    // False: there is no such category.
    private static async Task<bool> SaveAsync(AppDbContext context, CancellationToken cancellationToken)
    {
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception) when (exception.IsForeignKeyViolation())
        {
            return false;
        }
    }

    private static string[] Tags(int id) => [Tag(id), ListsTag];
}
