using Microsoft.Extensions.Configuration;

namespace Functions.LocalHost.Embedded;

/// <summary>The servers that the application needs and that nobody has configured.</summary>
internal sealed class EmbeddedServers : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings = [];
    private InstanceDirectory? _instance;
    private Supervisor? _supervisor;
    private EmbeddedRedis? _redis;

    private EmbeddedServers()
    {
    }

    /// <summary>What to lay over the configuration: where the servers are.</summary>
    public IReadOnlyDictionary<string, string?> Settings => _settings;

    /// <summary>Blob storage on demand; null when a storage account is configured.</summary>
    public EmbeddedAzurite? Azurite { get; private set; }

    /// <summary>Where the data of the started servers lie, and mail that is not sent; empty when everything is configured.</summary>
    public IReadOnlyList<string> Directories { get; private set; } = [];

    /// <summary>Starts what <paramref name="configuration"/> does not name.</summary>
    /// <param name="root">The folder that <c>.local</c> lies in. Nothing is made there when everything is configured.</param>
    /// <param name="report">Gets a line for what takes longer than a second; called from any thread.</param>
    public static async Task<EmbeddedServers> StartAsync(
        IConfiguration configuration, string root, Action<string> report, CancellationToken cancellationToken = default)
    {
        var servers = new EmbeddedServers();
        try
        {
            await servers.StartMissingAsync(configuration, root, report, cancellationToken);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops everything and waits until it has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Azurite is not null)
        {
            await Azurite.DisposeAsync();
        }

        _redis?.Dispose();
        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        _instance?.Dispose();
    }

    private async Task StartMissingAsync(IConfiguration configuration, string root, Action<string> report, CancellationToken cancellationToken)
    {
        var redis = !IsSet("Redis", "REDIS_HOST", "REDIS_SENTINEL_HOSTS", "Redis:redisHostName");
        var postgres = !IsSet("ConnectionStrings:Postgres");
        var storage = !configuration.GetSection("AzureWebJobsStorage").GetChildren().Any()
            && configuration["AzureWebJobsStorage"] is null or "" or "UseDevelopmentStorage=true";
        var mail = !IsSet("Email:SmtpHost", "Email:Directory");

        var redisStarting = redis ? Task.Run(EmbeddedRedis.Start, cancellationToken) : null;
        try
        {
            if (postgres || storage || mail)
            {
                _instance = await InstanceDirectory.TakeAsync(root, cancellationToken);
                Directories = [_instance.Path];
            }

            if (postgres || storage)
            {
                _supervisor = Supervisor.Start(_instance!.Path);
            }

            if (storage)
            {
                Azurite = new EmbeddedAzurite(_instance!.Path, Path.Combine(_instance.SharedPath, "npm"), _supervisor!, report);
            }

            if (mail)
            {
                _settings["Email:Directory"] = Path.Combine(_instance!.Path, "mail");
            }

            if (postgres)
            {
                var started = await EmbeddedPostgres.StartAsync(_instance!.Path, _supervisor!, report, cancellationToken: cancellationToken);
                _settings["ConnectionStrings:Postgres"] = started.ConnectionString;
                if (!started.Home.StartsWith(_instance.Path, StringComparison.Ordinal))
                {
                    Directories = [.. Directories, started.Home];
                }
            }
        }
        finally
        {
            _redis = redisStarting is null ? null : await redisStarting;
        }

        if (_redis is not null)
        {
            _settings["Redis"] = _redis.ConnectionString;
        }

        bool IsSet(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (!string.IsNullOrEmpty(configuration[name]))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
