using NpgsqlTypes;

namespace Functions.Data;

/// <summary>Something for sale.</summary>
public sealed class Product
{
    public int Id { get; init; }

    public required string Name { get; set; }

    public required string Description { get; set; }

    public decimal Price { get; set; }

    public int CategoryId { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>
    /// Name and description for full-text search, made by PostgreSQL. Weights: A and B for the words and the stems of the name, C and D for
    /// those of the description, of which stop words are left out and the first 20,000 characters count.
    /// </summary>
    public NpgsqlTsVector SearchVector { get; init; } = null!;

    /// <summary>The readings of the name, one a line, in which misspelled words are looked for. Made by PostgreSQL.</summary>
    public string SearchName { get; init; } = null!;
}
