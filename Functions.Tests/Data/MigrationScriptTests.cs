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
    private readonly string[] _deployers = [$"ada_{Guid.NewGuid():N}", $"bob_{Guid.NewGuid():N}"];

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
            foreach (var role in (string[])[.. _deployers, $"{_empty.Database}_owner"])
            {
                await ExecuteAsync(server, $"DROP ROLE IF EXISTS {role}");
            }
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

    [Fact]
    public async Task Whoever_deploys_can_go_on_with_what_another_deployer_made()
    {
        await MakeDeployersAsync("CREATEROLE CREATEDB");

        await MigrateAsync(_deployers[0]);
        await MigrateAsync(_deployers[1]);
        await AppendMigrationAsync("ALTER TABLE users ADD nickname text; CREATE TABLE clubs (id int PRIMARY KEY);");
        await MigrateAsync(_deployers[1]);
        await AppendMigrationAsync("ALTER TABLE clubs ADD name text;");
        await MigrateAsync(_deployers[0]);

        Assert.Equal($"{_empty.Database}_owner", await OwnersAsync());
    }

    [Fact]
    public async Task On_Azure_the_administrators_own_the_schema_together()
    {
        await MakeDeployersAsync("CREATEDB");
        await ExecuteAsync(_empty.ConnectionString, $"CREATE ROLE azure_pg_admin; GRANT azure_pg_admin TO {_deployers[0]}, {_deployers[1]}");
        try
        {
            await MigrateAsync(_deployers[0]);
            await MigrateAsync(_deployers[1]);

            Assert.Equal("azure_pg_admin", await OwnersAsync());
        }
        finally
        {
            await ExecuteAsync(
                _empty.ConnectionString,
                $"ALTER DATABASE {_empty.Database} OWNER TO CURRENT_USER; REASSIGN OWNED BY azure_pg_admin TO CURRENT_USER; DROP ROLE azure_pg_admin");
        }
    }

    [Fact]
    public async Task What_a_deployer_made_alone_goes_to_the_owner_role()
    {
        await MakeDeployersAsync("CREATEROLE CREATEDB");
        await using (var alone = NpgsqlDataSource.Create(As(_deployers[0])))
        {
            await using var command = alone.CreateCommand(await File.ReadAllTextAsync(Script, Cancellation));
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        Assert.Equal(_deployers[0], await OwnersAsync());
        var (exitCode, output) = await TryMigrateAsync(_deployers[1]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("must be owner", output, StringComparison.Ordinal);

        await MigrateAsync(_deployers[0]);
        await MigrateAsync(_deployers[1]);

        Assert.Equal($"{_empty.Database}_owner", await OwnersAsync());
    }

    [Fact]
    public async Task An_identity_that_was_made_anew_gets_its_role_back()
    {
        const string first = "aaaaaaaa-0000-0000-0000-000000000001", second = "aaaaaaaa-0000-0000-0000-000000000002";
        var app = $"identity_{Guid.NewGuid():N}";
        var server = new NpgsqlConnectionStringBuilder(_empty.ConnectionString) { Database = "postgres" }.ConnectionString;
        // Azure's function, as far as it is seen from outside: it makes a role whose security label has the object id.
        await ExecuteAsync(server, """
            CREATE OR REPLACE FUNCTION pgaadauth_create_principal_with_oid(role text, oid text, type text, admin boolean, mfa boolean)
            RETURNS void LANGUAGE plpgsql SET allow_system_table_mods = on AS $$ BEGIN
              EXECUTE format('CREATE ROLE %I LOGIN', role);
              INSERT INTO pg_shseclabel SELECT pg_authid.oid, 'pg_authid'::regclass, 'pgaadauth', format('aadauth,oid=%s,type=%s', $2, type) FROM pg_authid WHERE rolname = role;
            END $$
            """);
        try
        {
            await MigrateAsync(app: app, objectId: first);
            await MigrateAsync(app: app, objectId: first);
            var (exitCode, output) = await TryMigrateAsync(app: app, objectId: second);

            // This server knows no such labels, and says which one it was asked for.
            Assert.NotEqual(0, exitCode);
            Assert.Contains("security label provider \"pgaadauth\" is not loaded", output, StringComparison.Ordinal);
            Assert.Contains($"SECURITY LABEL FOR pgaadauth ON ROLE {app} IS 'aadauth,oid={second},type=service'", output, StringComparison.Ordinal);
        }
        finally
        {
            await ExecuteAsync(server, "DROP FUNCTION pgaadauth_create_principal_with_oid");
            await ExecuteAsync(_empty.ConnectionString, $"DROP OWNED BY {app}; DROP ROLE {app}");
        }
    }

    // What "dotnet ef migrations script --idempotent" writes.
    private static string Idempotent()
    {
        using var context = Context("Host=localhost");
        return context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
    }

    private async Task MakeDeployersAsync(string rights)
    {
        foreach (var deployer in _deployers)
        {
            await ExecuteAsync(_empty.ConnectionString, $"CREATE ROLE {deployer} LOGIN PASSWORD 'secret' {rights}");
        }

        await ExecuteAsync(_empty.ConnectionString, $"ALTER DATABASE {_empty.Database} OWNER TO {_deployers[0]}");
    }

    private Task AppendMigrationAsync(string sql) => File.AppendAllTextAsync(
        Script, $"\nDO $$ BEGIN {sql} EXCEPTION WHEN duplicate_column OR duplicate_table THEN NULL; END $$;\n", Cancellation);

    private string As(string deployer) =>
        new NpgsqlConnectionStringBuilder(_empty.ConnectionString) { Username = deployer, Password = "secret", Pooling = false }.ConnectionString;

    // Who owns database and tables; more than one, if they do not agree.
    private async Task<string> OwnersAsync()
    {
        await using var source = NpgsqlDataSource.Create(_empty);
        await using var command = source.CreateCommand("""
            SELECT string_agg(DISTINCT owner::text, ',') FROM (
              SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()
              UNION SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace
              UNION SELECT pg_get_userbyid(cfgowner) FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace) AS owners
            """);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private async Task MigrateAsync(string? deployer = null, string? app = null, string objectId = "")
    {
        var (exitCode, output) = await TryMigrateAsync(deployer, app, objectId);
        Assert.True(exitCode == 0, output);
    }

    private async Task<(int ExitCode, string Output)> TryMigrateAsync(string? deployer = null, string? app = null, string objectId = "")
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
                ["PGUSER"] = deployer ?? _empty.Username,
                ["PGPASSWORD"] = deployer is null ? _empty.Password : "secret",
                ["PGSSLMODE"] = "disable",
                ["APP_ROLE"] = app ?? _role,
                ["APP_OBJECT_ID"] = objectId,
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
