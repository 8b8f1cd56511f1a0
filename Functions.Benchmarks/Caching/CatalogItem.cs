using System.ComponentModel;

namespace Functions.Benchmarks.Caching;

/// <summary>An object of about 400 bytes in JSON; callers may share it.</summary>
[ImmutableObject(true)]
public sealed record CatalogItem(int Id, string Name, string Description, decimal Price, int CategoryId, DateTimeOffset UpdatedAt)
{
    public static CatalogItem Sample { get; } = new(
        4711, "Oak Kettle 12", new string('x', 280), 42.50m, 3, new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
}
