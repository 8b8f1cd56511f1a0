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

    /// <summary>Name and description for full-text search, made by PostgreSQL.</summary>
    public NpgsqlTsVector SearchVector { get; init; } = null!;
}
