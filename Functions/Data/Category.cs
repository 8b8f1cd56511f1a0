namespace Functions.Data;

/// <summary>A group of products.</summary>
public sealed class Category
{
    public int Id { get; init; }

    public required string Name { get; init; }
}
