using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Faults.MixedLoad;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>PostgreSQL and Blob storage for the fault tests. They run one after the other, so that each finds the servers well and a machine to itself.</summary>
[CollectionDefinition(Name)]
public sealed class FaultServers : IAsyncLifetime, ICollectionFixture<FaultServers>
{
    public const string Name = "Faults";

    private readonly string _directory = Directory.CreateTempSubdirectory("functions-tests-faults-").FullName;
    private PostgresProcess? _postgres;
    private TestDatabases? _databases;
    private Supervisor? _supervisor;
    private EmbeddedAzurite? _azurite;

    /// <summary>A cluster that only these tests use.</summary>
    public PostgresProcess Postgres => _postgres!;

    public async ValueTask InitializeAsync()
    {
        var starting = PostgresProcess.StartNewAsync();
        _supervisor = Supervisor.Start(_directory);
        _azurite = new EmbeddedAzurite(_directory, TemporaryRoot.NpmCache, _supervisor, _ => { });
        _postgres = await starting;
        _databases = TestDatabases.On(_postgres.ConnectionString);
    }

    /// <summary>A new database with schema and demo data.</summary>
    /// <param name="options">Further clauses of <c>CREATE DATABASE</c>.</param>
    public Task<string> CreateDatabaseAsync(string options = "") => _databases!.CreateAsync(options);

    /// <summary>The connection string of Blob storage, which starts when it is first asked for.</summary>
    public Task<string> GetStorageAsync() => _azurite!.GetConnectionStringAsync();

    /// <summary>A proxy in front of Blob storage, and the connection string of it.</summary>
    public async Task<(TcpProxy Proxy, string ConnectionString)> StartStorageProxyAsync() => StorageProxy.Start(await GetStorageAsync());

    /// <summary>A new empty directory.</summary>
    public string CreateDirectory() => Directory.CreateDirectory(Path.Combine(_directory, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>Settings of a host on these servers, under the mixed load.</summary>
    /// <param name="postgres">The database.</param>
    /// <param name="mail">The directory for its e-mails.</param>
    /// <param name="redis">Where Redis is.</param>
    public async Task<Dictionary<string, string>> SettingsAsync(string postgres, string mail, params IEnumerable<(string Name, string Value)> redis)
    {
        var settings = new Dictionary<string, string>(LoadRun.Settings)
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["AzureWebJobsStorage"] = await GetStorageAsync(),
            ["SECRET_KEY"] = "a secret key of more than 32 bytes, for tests",
            ["Http__TrustedProxyHops"] = "1",
            ["Email__Directory"] = mail,
            // What a dead process held is free again within the time of a test.
            ["Tasks__LeaseDuration"] = "00:00:05",
            ["Events__LeaseDuration"] = "00:00:03",
            ["Events__HandlerTimeout"] = "00:00:02",
            ["Outbox__ConfirmAfter"] = "00:00:03",
        };
        foreach (var (name, value) in redis)
        {
            settings[name] = value;
        }

        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
