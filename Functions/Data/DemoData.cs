#pragma warning disable CA1308 // Prose is in lower case.

namespace Functions.Data;

/// <summary>A small shop for development: 10 categories, 1,000 products, a year of sales, two users. The same on every machine.</summary>
internal static class DemoData
{
    public const string UserEmail = "demo@example.com";
    public const string UserName = "Demo User";
    public const string UserPassword = "demo-user-2026";
    public const string AdminEmail = "admin@example.com";
    public const string AdminName = "Demo Admin";
    public const string AdminPassword = "demo-admin-2026";

    private const int ProductCount = 1000;
    private const int SaleCount = 4380;

    private static readonly string[] Materials =
        ["Oak", "Steel", "Linen", "Bamboo", "Ceramic", "Leather", "Copper", "Wool", "Glass", "Cork"];

    private static readonly string[] Qualities =
        ["compact", "foldable", "hand-finished", "lightweight", "durable", "quiet", "waterproof", "repairable", "stackable", "cordless"];

    private static readonly (string Category, string[] Things)[] Ranges =
    [
        ("Kitchen", ["Kettle", "Pan", "Knife", "Bowl", "Grinder"]),
        ("Office", ["Desk", "Chair", "Notebook", "Lamp", "Organizer"]),
        ("Garden", ["Spade", "Planter", "Hose", "Bench", "Lantern"]),
        ("Travel", ["Backpack", "Suitcase", "Pillow", "Bottle", "Adapter"]),
        ("Audio", ["Speaker", "Headphones", "Turntable", "Microphone", "Radio"]),
        ("Sports", ["Mat", "Dumbbell", "Racket", "Helmet", "Jersey"]),
        ("Toys", ["Puzzle", "Kite", "Train", "Blocks", "Puppet"]),
        ("Books", ["Atlas", "Cookbook", "Novel", "Dictionary", "Biography"]),
        ("Bath", ["Towel", "Mirror", "Basket", "Brush", "Curtain"]),
        ("Tools", ["Hammer", "Drill", "Saw", "Level", "Wrench"]),
    ];

    public static List<Category> Categories() => [.. Ranges.Select(range => new Category { Name = range.Category })];

    /// <summary>A year of sales of <paramref name="products"/>, which must have been saved: one every two hours.</summary>
    public static IEnumerable<Sale> Sales(IReadOnlyList<Product> products, DateTimeOffset now) =>
        Enumerable.Range(0, SaleCount).Select(number =>
        {
            var product = products[number * 7919 % products.Count];
            return new Sale
            {
                ProductId = product.Id,
                ProductName = product.Name,
                Quantity = 1 + (number * 31 % 5),
                UnitPrice = product.Price,
                SoldAt = now.AddHours(-2 * (SaleCount - number)),
            };
        });

    /// <summary>The products, spread evenly over <paramref name="categories"/>, which must have been saved.</summary>
    public static IEnumerable<Product> Products(IReadOnlyList<Category> categories, DateTimeOffset now) =>
        Enumerable.Range(0, ProductCount).Select(number =>
        {
            var (category, things) = Ranges[number % Ranges.Length];
            var serial = number / Ranges.Length;
            var thing = things[serial % things.Length];
            var material = Materials[serial / things.Length % Materials.Length];
            var quality = Qualities[(serial + number) % Qualities.Length];
            return new Product
            {
                Name = $"{material} {thing} {serial + 1}",
                Description = $"A {quality} {thing.ToLowerInvariant()} made of {material.ToLowerInvariant()}, from our {category.ToLowerInvariant()} range.",
                Price = 5 + (number * 37 % 19_500 / 100m),
                CategoryId = categories[number % Ranges.Length].Id,
                UpdatedAt = now,
            };
        });
}
