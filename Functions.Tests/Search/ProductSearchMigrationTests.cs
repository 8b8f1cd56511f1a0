using System.Diagnostics;
using Functions.LocalHost.Embedded;
using Functions.Search;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Functions.Tests.Search;

/// <summary>What the search needs of the database comes with its migration, and survives a dump.</summary>
public sealed class ProductSearchMigrationTests(TestDatabases databases) : IClassFixture<TestDatabases>, IAsyncLifetime
{
    private const string Before = "20261125005720_CommittedRequests";
    private readonly string _owner = $"owner_{Guid.NewGuid():N}";
    private readonly List<string> _made = [];
    private string _server = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await databases.CreateAsync();
        await ExecuteAsync(_server, $"CREATE ROLE {_owner} LOGIN PASSWORD 'secret' NOSUPERUSER");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _made)
        {
            await ExecuteAsync(_server, $"DROP DATABASE {database} WITH (FORCE)");
        }

        await ExecuteAsync(_server, $"DROP ROLE {_owner}");
    }

    [Fact]
    public async Task The_owner_of_a_database_who_is_no_superuser_upgrades_one_with_products_and_back()
    {
        var database = await CreateAsync();
        await MigrateAsync(database, Before);
        await AddAsync(database, "AC/DC Adapter");

        await MigrateAsync(database);

        Assert.Equal("AC/DC Adapter", Assert.Single(await FindAsync(database, "dc adaptr")));
        await MigrateAsync(database, Before);
        await MigrateAsync(database);
        Assert.Equal("AC/DC Adapter", Assert.Single(await FindAsync(database, "dc adapter")));
    }

    [Fact]
    public async Task A_dump_is_restored_with_what_the_search_needs()
    {
        Assert.SkipUnless(ProgramSearch.Default.Find("pg_dump") is not null && ProgramSearch.Default.Find("pg_restore") is not null, "pg_dump is not installed.");
        var (database, restored) = (await CreateAsync(), await CreateAsync());
        await MigrateAsync(database);
        await AddAsync(database, "Café Crème");
        using var folder = new TemporaryRoot();
        var dump = Path.Combine(folder.Path, "dump");

        await RunAsync("pg_dump", database, "--format=custom", "--file", dump);
        await RunAsync("pg_restore", restored, "--exit-on-error", "--dbname", new NpgsqlConnectionStringBuilder(restored).Database!, dump);

        await AddAsync(restored, "Cafe table");
        Assert.Equal(["Cafe table", "Café Crème"], (await FindAsync(restored, "café")).Order(StringComparer.Ordinal));
    }

    private async Task<string> CreateAsync()
    {
        var name = $"owned_{Guid.NewGuid():N}";
        await ExecuteAsync(_server, $"CREATE DATABASE {name} OWNER {_owner}");
        _made.Add(name);
        return new NpgsqlConnectionStringBuilder(_server) { Database = name, Username = _owner, Password = "secret", Pooling = false }.ConnectionString;
    }

    private static async Task MigrateAsync(string database, string? migration = null)
    {
        await using var context = new TestContexts(database).CreateDbContext();
        await context.GetService<IMigrator>().MigrateAsync(migration, Cancellation);
    }

    private static Task AddAsync(string database, string name) => ExecuteAsync(database, $"""
        INSERT INTO categories (name) VALUES ('Any');
        INSERT INTO products (name, description, price, category_id, updated_at) SELECT '{name}', '', 1, min(id), now() FROM categories
        """);

    private static async Task<string[]> FindAsync(string database, string query) =>
        [.. (await new ProductSearch(new TestContexts(database)).FindAsync(query, Cancellation)).Select(result => result.Name)];

    private static async Task RunAsync(string program, string database, params string[] arguments)
    {
        var connection = new NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo(ProgramSearch.Default.Find(program)!, arguments)
        {
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = connection.Host,
                ["PGPORT"] = $"{connection.Port}",
                ["PGDATABASE"] = connection.Database,
                ["PGUSER"] = connection.Username,
                ["PGPASSWORD"] = connection.Password,
                ["PGSSLMODE"] = "disable",
            },
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, errors);
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
