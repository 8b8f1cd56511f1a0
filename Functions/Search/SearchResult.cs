namespace Functions.Search;

/// <summary>A product that matches.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="Rank">
/// How well it matches; higher is better. Above 1: it has all words. Below: it has a word that begins like the last one typed, or, if no product
/// has, words that are like those typed.
/// </param>
public sealed record SearchResult(int Id, string Name, float Rank);
