using Functions.Tests.Application;
using Functions.Tests.Servers;
using Functions.Tests.Worker.Host;

namespace Functions.Tests.Worker;

/// <summary>The local host in a process of its own; or whatever answers at <c>CONTRACT_URL</c>, such as Core Tools, with demo data and one trusted proxy.</summary>
public sealed class LocalContractHost(RedisServers redis) : IContractHost
{
    private static readonly string? Started = Environment.GetEnvironmentVariable("CONTRACT_URL");

    private readonly ContractServers _servers = new(redis);
    private LocalHostProcess? _host;

    public Uri Address => _host?.Address ?? new(Started!);

    public async ValueTask InitializeAsync()
    {
        if (string.IsNullOrEmpty(Started))
        {
            _host = await LocalHostProcess.StartAsync(await _servers.StartAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _servers.DisposeAsync();
    }
}

/// <summary>The function app as it is deployed, behind <see cref="WorkerHost"/>.</summary>
public sealed class WorkerContractHost(RedisServers redis) : IContractHost
{
    private readonly ContractServers _servers = new(redis);
    private WorkerHost? _host;

    public Uri Address => _host!.Address;

    internal WorkerHost Host => _host!;

    public async ValueTask InitializeAsync()
    {
        if (WorkerBuild.IsThere) // Where it is not, the tests skip themselves.
        {
            _host = await WorkerHost.StartAsync(await _servers.StartAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _servers.DisposeAsync();
    }
}
