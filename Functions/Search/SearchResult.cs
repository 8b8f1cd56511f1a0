namespace Functions.Search;

/// <summary>A product that matches.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="Rank">How well it matches, by PostgreSQL's <c>ts_rank</c>; higher is better.</param>
public sealed record SearchResult(int Id, string Name, float Rank);
