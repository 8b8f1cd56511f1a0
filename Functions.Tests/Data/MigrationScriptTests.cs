using System.Diagnostics;
using System.Text;
using Functions.Data;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Functions.Tests.Data;

/// <summary>The migration step of a deployment, <c>infra/database/migrate.sh</c>, against a real server.</summary>
public sealed class MigrationScriptTests(TestDatabases databases) : IClassFixture<TestDatabases>, IAsyncLifetime
{
    private readonly TemporaryRoot _folder = new();
    private readonly string _role = $"app_{Guid.NewGuid():N}";
    private NpgsqlConnectionStringBuilder _empty = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(ProgramExists("psql"), "psql is not installed.");
        var server = new NpgsqlConnectionStringBuilder(await databases.CreateAsync());
        _empty = new(server.ConnectionString) { Database = $"empty_{Guid.NewGuid():N}" };
        await ExecuteAsync(server.ConnectionString, $"CREATE DATABASE {_empty.Database}");
        await ExecuteAsync(server.ConnectionString, $"CREATE ROLE {_role} LOGIN PASSWORD 'secret'");
        await File.WriteAllTextAsync(Script, Idempotent(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_empty.Database is not null)
        {
            var server = new NpgsqlConnectionStringBuilder(_empty.ConnectionString) { Database = "postgres" }.ConnectionString;
            await ExecuteAsync(server, $"DROP DATABASE {_empty.Database} WITH (FORCE)");
            await ExecuteAsync(server, $"DROP ROLE {_role}");
        }

        _folder.Dispose();
    }

    private string Script => Path.Combine(_folder.Path, "migrations.sql");

    [Fact]
    public async Task It_makes_the_whole_schema_and_running_it_again_changes_nothing()
    {
        await MigrateAsync();
        var first = await SchemaAsync();
        await MigrateAsync();

        Assert.Equal(first, await SchemaAsync());
        await using var context = Context(_empty.ConnectionString);
        Assert.Empty(await context.Database.GetPendingMigrationsAsync(Cancellation));
        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task The_application_runs_with_what_the_role_may_do_and_cannot_change_the_schema()
    {
        await MigrateAsync();
        var asApp = new NpgsqlConnectionStringBuilder(_empty.ConnectionString) { Username = _role, Password = "secret", Pooling = false }.ConnectionString;

        await using var servers = new RedisServers();
        await using (var app = await TestApplication.StartAsync((await servers.GetAsync(RedisKind.Garnet)).ConnectionString, asApp))
        {
            using var client = app.CreateClient();
            var answer = await client.Http.PostAsync(
                "register",
                new StringContent("""{"email":"ada@example.org","name":"Ada","password":"analytical-engine"}""", Encoding.UTF8, "application/json"),
                Cancellation);
            Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
        }

        foreach (var forbidden in new[] { "CREATE TABLE mine (id int)", "DROP TABLE users", "ALTER TABLE users ADD mine int", "DELETE FROM \"__EFMigrationsHistory\"" })
        {
            var denied = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(asApp, forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, denied.SqlState);
        }
    }

    [Fact]
    public async Task Two_deployments_at_once_go_one_after_the_other()
    {
        await Task.WhenAll(MigrateAsync(), MigrateAsync(), MigrateAsync());

        await using var context = Context(_empty.ConnectionString);
        Assert.Empty(await context.Database.GetPendingMigrationsAsync(Cancellation));
    }

    [Fact]
    public async Task A_migration_that_fails_stops_the_step_and_leaves_nothing_half_done()
    {
        await File.AppendAllTextAsync(Script, "\nSTART TRANSACTION;\nCREATE TABLE half (id int);\nSELECT 1/0;\nCOMMIT;\n", Cancellation);

        var (exitCode, output) = await TryMigrateAsync();

        Assert.NotEqual(0, exitCode);
        Assert.Contains("division by zero", output, StringComparison.Ordinal);
        Assert.DoesNotContain("half", await SchemaAsync(), StringComparison.Ordinal);
    }

    // What "dotnet ef migrations script --idempotent" writes.
    private static string Idempotent()
    {
        using var context = Context("Host=localhost");
        return context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
    }

    private async Task MigrateAsync()
    {
        var (exitCode, output) = await TryMigrateAsync();
        Assert.True(exitCode == 0, output);
    }

    private async Task<(int ExitCode, string Output)> TryMigrateAsync()
    {
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(LocalConfiguration.FindRoot(), "infra", "database", "migrate.sh"), Script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = _empty.Host,
                ["PGPORT"] = _empty.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["PGDATABASE"] = _empty.Database,
                ["PGUSER"] = _empty.Username,
                ["PGPASSWORD"] = _empty.Password,
                ["PGSSLMODE"] = "disable",
                ["APP_ROLE"] = _role,
                ["APP_OBJECT_ID"] = "",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await errors);
    }

    private async Task<string> SchemaAsync()
    {
        await using var source = NpgsqlDataSource.Create(_empty);
        await using var command = source.CreateCommand("""
            SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
              SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public'
              UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
              UNION ALL SELECT concat_ws(' ', grantee, table_name, privilege_type) FROM information_schema.role_table_grants WHERE table_schema = 'public') AS lines
            """);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static AppDbContext Context(string connectionString) =>
        new((DbContextOptions<AppDbContext>)new DbContextOptionsBuilder<AppDbContext>().UseAppDatabase(connectionString).Options);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static bool ProgramExists(string program) => Functions.LocalHost.Embedded.ProgramSearch.Default.Find(program) is not null;
}
