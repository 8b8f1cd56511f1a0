using Functions.Data;
using Functions.LocalHost.Embedded;
using Functions.Tests.Embedded;
using Npgsql;

namespace Functions.Tests.Application;

/// <summary>
/// PostgreSQL for the tests: the server of <c>ConnectionStrings__Postgres</c>, else a cluster of the test run's own. Every application under
/// test gets a database of its own, copied from one with schema and demo data.
/// </summary>
public sealed class TestDatabases : IAsyncDisposable
{
    private readonly Lazy<Task<string>> _template;
    private readonly List<string> _made = [];
    private readonly Lock _lock = new();
    private TemporaryRoot? _root;
    private Supervisor? _supervisor;
    private string _server;

    public TestDatabases() : this("")
    {
    }

    private TestDatabases(string server)
    {
        _server = server;
        _template = new Lazy<Task<string>>(StartAsync);
    }

    /// <summary>Databases on another server, which the caller stops.</summary>
    /// <param name="server">Its connection string.</param>
    public static TestDatabases On(string server) => new(server);

    /// <summary>The connection string of a new database with schema and demo data.</summary>
    /// <param name="options">Further clauses of <c>CREATE DATABASE</c>.</param>
    public async Task<string> CreateAsync(string options = "")
    {
        var template = await _template.Value;
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template} {options}");
        lock (_lock)
        {
            _made.Add(name);
        }

        return WithDatabase(name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _made)
        {
            await ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
        }

        NpgsqlConnection.ClearAllPools();
        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        _root?.Dispose();
    }

    private async Task<string> StartAsync()
    {
        if (_server.Length > 0)
        {
            // Given.
        }
        else if (Environment.GetEnvironmentVariable("ConnectionStrings__Postgres") is { Length: > 0 } configured)
        {
            _server = configured;
        }
        else
        {
            _root = new TemporaryRoot();
            _supervisor = Supervisor.Start(_root.Path);
            _server = (await EmbeddedPostgres.StartAsync(_root.Path, _supervisor, _ => { })).ConnectionString;
        }

        var template = $"template_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {template}");
        lock (_lock)
        {
            _made.Add(template);
        }

        // Without pooling: nobody may be connected to a template that is copied.
        var connectionString = new NpgsqlConnectionStringBuilder(WithDatabase(template)) { Pooling = false }.ConnectionString;
        var setup = new DatabaseSetup(new TestContexts(connectionString), TestPasswords.Hasher, TimeProvider.System);
        await setup.MigrateAsync();
        await setup.AddDemoDataAsync();
        return template;
    }

    private string WithDatabase(string name) => new NpgsqlConnectionStringBuilder(_server) { Database = name }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        // Not pooled: a server of a test's own may have been restarted meanwhile.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
