using Functions.Data;
using Microsoft.EntityFrameworkCore;

namespace Functions.Search;

/// <summary>Full-text search over products, and the statistics of the whole catalogue.</summary>
public sealed class ProductSearch(IDbContextFactory<AppDbContext> contexts)
{
    private const int MaximumResults = 50;

    /// <summary>The products that match <paramref name="query"/>, the best first.</summary>
    /// <param name="query">In the syntax of web search engines: words, "phrases", <c>or</c>, <c>-not</c>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<SearchResult>> FindAsync(string query, CancellationToken cancellationToken) => await contexts.ReadAsync(
        context => context.Products
            .Where(product => product.SearchVector.Matches(EF.Functions.WebSearchToTsQuery(AppDbContext.SearchConfiguration, query)))
            .Select(product => new
            {
                product.Id,
                product.Name,
                Rank = product.SearchVector.Rank(EF.Functions.WebSearchToTsQuery(AppDbContext.SearchConfiguration, query)),
            })
            .OrderByDescending(match => match.Rank)
            .ThenBy(match => match.Id)
            .Take(MaximumResults)
            .Select(match => new SearchResult(match.Id, match.Name, match.Rank))
            .ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>Prices by category, over all products.</summary>
    public async Task<IReadOnlyList<CategoryStatistics>> SummarizeAsync(CancellationToken cancellationToken) => await contexts.ReadAsync(
        context => context.Products
            .GroupBy(product => product.CategoryId)
            .OrderBy(group => group.Key)
            .Select(group => new CategoryStatistics(
                group.Key, group.Count(), group.Min(product => product.Price), group.Max(product => product.Price), Math.Round(group.Average(product => product.Price), 2)))
            .ToListAsync(cancellationToken),
        cancellationToken);
}
