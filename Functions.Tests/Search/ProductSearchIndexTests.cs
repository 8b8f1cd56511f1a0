using System.Globalization;
using Functions.Search;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Npgsql;

namespace Functions.Tests.Search;

public sealed class ProductSearchIndexTests(SearchCatalog catalog) : IClassFixture<SearchCatalog>
{
    private const string OtherConnections =
        "pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("walnut", "ix_products_search_vector")]
    [InlineData("walnut lam", "ix_products_search_vector")]
    [InlineData("\"walnut lamp\" or café -kettle", "ix_products_search_vector")]
    [InlineData("wallnutt kettel", "ix_products_search_name")]
    [InlineData("nothinglikeitatall", "ix_products_search_name")]
    public async Task Searches_read_indexes_and_not_the_table(string query, string index)
    {
        await catalog.ExecuteAsync("""
            INSERT INTO products (name, description, price, category_id, updated_at)
            SELECT format('%s %s %s', (ARRAY['Oak', 'Walnut', 'Steel', 'Copper', 'Linen', 'Bamboo', 'Cork'])[1 + n % 7], (ARRAY['kettle', 'lamp', 'desk', 'spade', 'bowl'])[1 + n % 5], n),
                   'A thing for every day.', 1, (SELECT min(id) FROM categories), now()
            FROM generate_series(1, 3000) AS n WHERE NOT EXISTS (SELECT FROM products WHERE name = 'Linen kettle 3000')
            """);
        await catalog.ExecuteAsync("VACUUM ANALYZE products"); // Moves what is new into the indexes, as autovacuum does.

        // A connection that ends writes its statistics: all others before the count, and the one of the search after it.
        await catalog.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM {OtherConnections}");
        await TestPolling.EventuallyAsync(
            async () => (await catalog.QueryAsync($"SELECT count(*) FROM {OtherConnections}")) is ["0"], Deadline, "the end of other connections");
        var before = await CountAsync(index);
        var unpooled = new NpgsqlConnectionStringBuilder(catalog.ConnectionString) { Pooling = false }.ConnectionString;
        await new ProductSearch(new TestContexts(unpooled)).FindAsync(query, TestContext.Current.CancellationToken);
        await TestPolling.EventuallyAsync(async () => (await CountAsync(index)).IndexScans > before.IndexScans, Deadline, $"the use of {index}");

        Assert.Equal(before.TableScans, (await CountAsync(index)).TableScans);
    }

    private async Task<(long IndexScans, long TableScans)> CountAsync(string index)
    {
        var counts = Assert.Single(await catalog.QueryAsync(
            $"SELECT i.idx_scan || ' ' || t.seq_scan FROM pg_stat_user_indexes AS i JOIN pg_stat_user_tables AS t USING (relid) WHERE i.indexrelname = '{index}'")).Split(' ');
        return (long.Parse(counts[0], CultureInfo.InvariantCulture), long.Parse(counts[1], CultureInfo.InvariantCulture));
    }
}
