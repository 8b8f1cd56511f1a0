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

    /// <summary>A page of categories by id.</summary>
    public Task<Page<CategoryAnswer>> ListCategoriesAsync(PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        return contexts.ReadAsync(
            context => page.OfAsync(
                context.Categories
                    .Where(category => page.After == null || category.Id >= page.After)
                    .OrderBy(category => category.Id)
                    .Take(page.Read)
                    .Select(category => new CategoryAnswer(category.Id, category.Name))
                    .AsAsyncEnumerable(),
                category => category.Id),
            cancellationToken);
    }

    /// <summary>A product, or null.</summary>
    public Task<ProductAnswer?> FindAsync(int id, CancellationToken cancellationToken) => contexts.ReadAsync(
        context => context.Products.Where(product => product.Id == id).Select(Answer).FirstOrDefaultAsync(cancellationToken), cancellationToken);

    /// <summary>Stores a product, or returns null if there is no such category. Once for all that have the same <paramref name="attempt"/>, if it is not null.</summary>
    public async Task<ProductAnswer?> CreateAsync(CreateProductRequest request, IReadOnlyList<byte[]>? attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var product = new Product
        {
            Name = request.Name!,
            Description = request.Description ?? "",
            Price = request.Price!.Value,
            CategoryId = request.CategoryId!.Value,
            UpdatedAt = After(default, time.GetUtcNow()),
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

    /// <summary>Changes the fields that <paramref name="request"/> names, if the product is as <paramref name="conditions"/> want it.</summary>
    /// <remarks>The row is locked from its reading to the commit: what is answered, and its tag, are those of this change and of none beside it.</remarks>
    public async Task<ProductChange> UpdateAsync(int id, UpdateProductRequest request, Preconditions conditions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(conditions);
        var change = new ProductChange(ChangeOutcome.NotFound);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.CommitOnceAsync(request: null, time.GetUtcNow(), ChangeAsync, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync(id);
            throw;
        }

        if (change.Outcome == ChangeOutcome.Made)
        {
            await InvalidateAsync(id);
            outbox.Committed();
        }

        return change;

        async Task<long?> ChangeAsync()
        {
            if (await context.FindForUpdateAsync<Product>(id, cancellationToken) is not { } product)
            {
                return null;
            }

            if (!conditions.Allow(ToAnswer(product)))
            {
                change = new(ChangeOutcome.PreconditionFailed);
                return null;
            }

            product.Name = request.Name ?? product.Name;
            product.Description = request.Description ?? product.Description;
            product.Price = request.Price ?? product.Price;
            product.CategoryId = request.CategoryId ?? product.CategoryId;
            product.UpdatedAt = After(product.UpdatedAt, time.GetUtcNow());
            outbox.AddBroadcast(context, ProductUpdated.EventType, new ProductUpdated(id, ChangesOf(request)));
            if (!await SaveAsync(context, cancellationToken))
            {
                change = new(ChangeOutcome.CategoryMissing);
                return null;
            }

            change = new(ChangeOutcome.Made, ToAnswer(product));
            return id;
        }
    }

    /// <summary>Deletes a product, if it is as <paramref name="conditions"/> want it.</summary>
    public async Task<ChangeOutcome> DeleteAsync(int id, Preconditions conditions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        var outcome = ChangeOutcome.NotFound;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.CommitOnceAsync(request: null, time.GetUtcNow(), DeleteAsync, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await InvalidateAsync(id);
            throw;
        }

        // Also without a product: what had to follow its deletion may have failed then.
        await InvalidateAsync(id);
        return outcome;

        async Task<long?> DeleteAsync()
        {
            if (await context.FindForUpdateAsync<Product>(id, cancellationToken) is not { } product)
            {
                return null;
            }

            if (!conditions.Allow(ToAnswer(product)))
            {
                outcome = ChangeOutcome.PreconditionFailed;
                return null;
            }

            outcome = ChangeOutcome.Made;
            context.Remove(product);
            return id;
        }
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

    // As exactly as PostgreSQL keeps times, and never the same twice: clocks of instances differ, and each version has a tag of its own.
    private static DateTimeOffset After(DateTimeOffset previous, DateTimeOffset now)
    {
        var stored = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        return stored > previous ? stored : previous.AddMicroseconds(1);
    }

    private static string[] Tags(int id) => [Tag(id), ListsTag];
}
