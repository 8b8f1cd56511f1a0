using Functions.Data;
using Microsoft.EntityFrameworkCore;

namespace Functions.Search;

/// <summary>Full-text search over products, and the statistics of the whole catalogue.</summary>
public sealed class ProductSearch(IDbContextFactory<AppDbContext> contexts)
{
    private const int MaximumResults = 50;

    // Of these, the ones that are close enough are answered.
    private const int MaximumCandidates = 200;

    // Each term in all of its readings. A stop word has no content, but it may be a word of a name, or the beginning of another word.
    private const string Terms = """
        WITH term AS MATERIALIZED (
            SELECT typed.alternative, typed.excluded, typed.quoted, typed.begun,
                   min(reading.text) FILTER (WHERE reading.number = 1) AS word,
                   public.tsquery_any(phraseto_tsquery('pg_catalog.english', reading.text) || phraseto_tsquery('public.english_words', reading.text)) AS content,
                   public.tsquery_any(literal) AS literal,
                   public.tsquery_any((literal::text || ':*')::tsquery) FILTER (WHERE typed.begun AND numnode(literal) > 0) AS prefix
            FROM unnest({0}, {1}, {2}, {3}, {4}) WITH ORDINALITY AS typed(text, alternative, excluded, quoted, begun, position),
                 unnest(string_to_array(public.search_readings(typed.text), E'\n')) WITH ORDINALITY AS reading(text, number),
                 phraseto_tsquery('pg_catalog.simple', reading.text) AS literal
            GROUP BY typed.position, typed.alternative, typed.excluded, typed.quoted, typed.begun)
        """;

    // Where all terms are there as whole words, the rank is above 1, else below: 32 makes it rank / (rank + 1). What only excludes finds nothing.
    private const string FindWords = Terms + """
        , alternative AS (
            SELECT CASE WHEN numnode(content) > 0 THEN content ELSE literal END AS whole, begun, exclusion
            FROM (SELECT public.tsquery_all(content) FILTER (WHERE NOT excluded) AS content,
                         public.tsquery_all(literal) FILTER (WHERE NOT excluded) AS literal,
                         public.tsquery_all(coalesce(prefix, content)) FILTER (WHERE NOT excluded) AS begun,
                         public.tsquery_all(!!content) FILTER (WHERE excluded) AS exclusion
                  FROM term GROUP BY alternative) AS terms),
        query AS (
            SELECT public.tsquery_any(whole && coalesce(exclusion, whole)) FILTER (WHERE numnode(whole) > 0) AS whole,
                   public.tsquery_any((whole || begun) && coalesce(exclusion, whole || begun)) FILTER (WHERE numnode(whole || begun) > 0) AS begun
            FROM alternative)
        SELECT product.id, product.name,
               coalesce(product.search_vector @@ query.whole, false)::int
                   + ts_rank(ARRAY[0.1, 0.2, 0.8, 1], product.search_vector, query.begun, 32) AS rank
        FROM query JOIN products AS product ON product.search_vector @@ query.begun
        ORDER BY rank DESC, product.id
        LIMIT {5}
        """;

    // The longest word that may be misspelled leads to the candidates by index; what else was typed is checked on them.
    private const string FindMisspelledWords = Terms + """
        , sought AS MATERIALIZED (
            SELECT *, NOT excluded AND NOT quoted AND length(word) >= 4 AND word !~ '[0-9\s]' AS forgiving FROM term WHERE numnode(content) > 0),
        anchor AS (
            SELECT DISTINCT ON (alternative) alternative, word, content FROM sought WHERE forgiving ORDER BY alternative, length(word) DESC)
        SELECT product.id, product.name, product.search_name,
               ARRAY(SELECT word FROM sought
                     WHERE alternative = anchor.alternative AND NOT excluded AND NOT begun AND NOT product.search_vector @@ content) AS misspelled,
               (SELECT word FROM sought
                WHERE alternative = anchor.alternative AND begun AND NOT product.search_vector @@ content) AS begun
        FROM anchor JOIN products AS product ON product.search_vector @@ anchor.content OR anchor.word OPERATOR(public.<%) product.search_name
        WHERE NOT EXISTS (
            SELECT FROM sought
            WHERE alternative = anchor.alternative
                AND CASE WHEN excluded THEN product.search_vector @@ content
                         ELSE NOT (product.search_vector @@ content OR forgiving AND word OPERATOR(public.<%) product.search_name) END)
        ORDER BY public.word_similarity(anchor.word, product.search_name) DESC, product.id
        LIMIT {5}
        """;

    /// <summary>
    /// The products that match <paramref name="query"/>, the best first: those with all of its words, then those with words that begin like its
    /// last one; and where there is neither, those with names like it.
    /// </summary>
    /// <param name="query">Any text, read as <see cref="SearchQuery"/> says.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<SearchResult>> FindAsync(string query, CancellationToken cancellationToken)
    {
        var terms = SearchQuery.Parse(query).Terms;
        var found = await contexts.ReadAsync(
            context => context.Database.SqlQueryRaw<SearchResult>(FindWords, Parameters(terms, MaximumResults))
                .OrderByDescending(match => match.Rank).ThenBy(match => match.Id).ToListAsync(cancellationToken),
            cancellationToken);
        return found.Count > 0 ? found : await contexts.ReadAsync(context => FindMisspelledAsync(context, terms, cancellationToken), cancellationToken);
    }

    /// <summary>Prices by category, over all products.</summary>
    public async Task<IReadOnlyList<CategoryStatistics>> SummarizeAsync(CancellationToken cancellationToken) => await contexts.ReadAsync(
        context => context.Products
            .GroupBy(product => product.CategoryId)
            .OrderBy(group => group.Key)
            .Select(group => new CategoryStatistics(
                group.Key, group.Count(), group.Min(product => product.Price), group.Max(product => product.Price), Math.Round(group.Average(product => product.Price), 2)))
            .ToListAsync(cancellationToken),
        cancellationToken);

    private static async Task<List<SearchResult>> FindMisspelledAsync(
        AppDbContext context, IReadOnlyList<SearchTerm> terms, CancellationToken cancellationToken)
    {
        // Low, for words with exchanged letters have few trigrams in common. It is a setting of the transaction.
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SET LOCAL pg_trgm.word_similarity_threshold = 0.3", cancellationToken);
        var candidates = await context.Database.SqlQueryRaw<MisspelledMatch>(FindMisspelledWords, Parameters(terms, MaximumCandidates))
            .ToListAsync(cancellationToken);
        return [.. candidates
            .Select(candidate => candidate.ToResult())
            .OfType<SearchResult>()
            .GroupBy(match => match.Id, (_, matches) => matches.MaxBy(match => match.Rank)!)
            .OrderByDescending(match => match.Rank).ThenBy(match => match.Id)
            .Take(MaximumResults)];
    }

    private static object[] Parameters(IReadOnlyList<SearchTerm> terms, int limit) =>
    [
        terms.Select(term => term.Text).ToArray(),
        terms.Select(term => term.Alternative).ToArray(),
        terms.Select(term => term.Excluded).ToArray(),
        terms.Select(term => term.Quoted).ToArray(),
        terms.Select(term => term.Begun).ToArray(),
        limit,
    ];
}
