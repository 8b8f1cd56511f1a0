using System.Globalization;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Search;

/// <summary>Queries that read much of the catalogue, and are limited for it.</summary>
public sealed class SearchFunctions(ProductSearch products)
{
    private const int MaximumQueryLength = 200;

    // A character may be a letter with many accents, or an emoji of many parts; this many code units are enough for those that mean something.
    private const int MaximumCodeUnits = 16 * MaximumQueryLength;

    /// <summary>Finds products by words, <c>"phrases"</c>, <c>or</c> and <c>-not</c>.</summary>
    /// <remarks>The last word may be the beginning of one; words may be misspelled where nothing has them all.</remarks>
    /// <response code="200">Up to 50 products, the best first.</response>
    [Function("Search")]
    [QueryParameter("q", typeof(string), "What to look for.", IsRequired = true, Minimum = 1, Maximum = MaximumCodeUnits, Example = "oak table")]
    [RateLimit("search", limit: 30, windowSeconds: 60)]
    public async Task<Results<Ok<SearchAnswer>, ProblemHttpResult>> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "search")] HttpRequest request)
    {
        var query = request.Query["q"].ToString();
        return string.IsNullOrWhiteSpace(query) || query.Contains('\0')
            || query.Length > MaximumCodeUnits || new StringInfo(query).LengthInTextElements > MaximumQueryLength
            ? Problems.Invalid("q", $"The query must have 1 to {MaximumQueryLength} characters.")
            : TypedResults.Ok(new SearchAnswer(await products.FindAsync(query, request.HttpContext.RequestAborted)));
    }

    /// <summary>Sums up the prices of every category.</summary>
    /// <response code="200">The prices by category.</response>
    [Function("ExpensiveOperation")]
    [RateLimit("expensive", limit: 5, windowSeconds: 3600)]
    public async Task<Ok<StatisticsAnswer>> SummarizeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "expensive-operation")] HttpRequest request) =>
        TypedResults.Ok(new StatisticsAnswer(await products.SummarizeAsync(request.HttpContext.RequestAborted)));
}
