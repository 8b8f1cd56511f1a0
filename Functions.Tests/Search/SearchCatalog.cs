using Functions.Data;
using Functions.Search;
using Functions.Tests.Application;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Functions.Tests.Search;

/// <summary>A database with the products below and no others.</summary>
public sealed class SearchCatalog : IAsyncLifetime
{
    private static readonly (string Name, string Description)[] Products =
    [
        ("AC/DC Adapter", ""),
        ("black/white lamp", ""),
        ("Reading light", "Goes with every lamp."),
        ("iPhone-15 Case", ""),
        ("iPhone 15 Pro Case", ""),
        ("Café Crème", ""),
        ("Cafe table", ""),
        ("Cre\u0300me bru\u0302le\u0301e torch", ""), // Decomposed.
        ("shop.example.com voucher", ""),
        ("Levi's 501", ""),
        ("Rock’n’Roll poster", ""),
        ("USB_hub_slim", ""),
        ("C++ primer", ""),
        ("R&D handbook", ""),
        ("SSD 500GB", ""),
        ("Memory card 64 GB", ""),
        ("Printer driver v2.0", ""),
        ("PlayStation 5", ""),
        ("Straßenkarte", ""),
        ("Œuvre complète", ""),
        ("Ｗｉｄｅ mirror", ""),
        ("Wi-Fi router", ""),
        ("E-mail course", "Write to sales@shop-mail.example.net"),
        ("Lego™ bricks", ""),
        ("Jigsaw of 1,000 pieces", ""),
        ("Running shoes", ""),
        ("Steel thermos", ""),
        ("The Who: Tommy", ""),
        ("Bluetooth headphones", "Waterproof."),
        ("Mechanical keyboard", "https://docs.example.org/keyboards/quick_start?lang=en"),
        ("Oak chair", "Painted by hand, with an unbreakable varnish."),
        ("Dragon kite", "Red—green—blue"),
        ("Матрёшка Большая", ""),
        ("Co\u00ADop\u200Bgame", ""), // An invisible hyphen, and a place for a line break.
        ("O`Neill surfboard", ""),
        ("Näïve Ångström łódź ørsted", ""),
    ];

    private readonly TestDatabases _databases = new();

    public string ConnectionString { get; private set; } = "";

    /// <summary>The names of what is found, the best first.</summary>
    public async Task<string[]> FindAsync(string query) => [.. (await SearchAsync(query)).Select(result => result.Name)];

    public Task<IReadOnlyList<SearchResult>> SearchAsync(string query) =>
        new ProductSearch(new TestContexts(ConnectionString)).FindAsync(query, TestContext.Current.CancellationToken);

    public async Task ExecuteAsync(string sql) => await QueryAsync(sql);

    /// <summary>The first column of the rows.</summary>
    public async Task<string[]> QueryAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add($"{reader[0]}");
        }

        return [.. rows];
    }

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await _databases.CreateAsync();
        await using var context = new TestContexts(ConnectionString).CreateDbContext();
        await context.Products.ExecuteDeleteAsync();
        var category = await context.Categories.FirstAsync();
        context.AddRange(Products.Select(product => new Product
        {
            Name = product.Name,
            Description = product.Description,
            Price = 1,
            CategoryId = category.Id,
        }));
        await context.SaveChangesAsync();
    }

    public ValueTask DisposeAsync() => _databases.DisposeAsync();
}
