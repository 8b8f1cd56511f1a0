using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Functions.Accounts;
using Functions.Data;
using Functions.LocalHost.Embedded;
using Functions.LocalHost.Hosting;
using Functions.Observability;
using Functions.Redis.Connections;
using Functions.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Functions.LocalHost;

/// <summary>The function app at work in this process: HTTP, Redis listeners and timers. Disposing stops it.</summary>
public sealed class LocalHostApplication : IAsyncDisposable
{
    /// <summary>The largest request body in bytes, as in the Functions host.</summary>
    private const long MaxRequestBodySize = 30_000_000;

    /// <summary>How long running requests and functions may finish at shutdown before they are cancelled.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;
    private readonly EmbeddedServers? _servers;

    private LocalHostApplication(WebApplication app, EmbeddedServers? servers)
    {
        _app = app;
        _servers = servers;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    /// <summary>The root address, without <c>/api</c>.</summary>
    public Uri Address { get; }

    /// <summary>Where the data of servers lie that it has started.</summary>
    internal IReadOnlyList<string> DataDirectories => _servers?.Directories ?? [];

    /// <summary>The application's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts the application; it answers when the task is done.</summary>
    /// <exception cref="LocalHostStartException">A setting is missing or wrong, or the port is in use.</exception>
    public static async Task<LocalHostApplication> StartAsync(
        LocalHostOptions options,
        LocalHostSetup? setup = null,
        CancellationToken cancellationToken = default)
    {
        setup ??= new LocalHostSetup();
        EmbeddedServers? servers = null;
        WebApplication? app = null;
        try
        {
            var root = setup.Root ?? LocalConfiguration.FindRoot();
            var configuration = LocalConfiguration.Build(root, setup.Settings);
            if (setup.StartsServers)
            {
                RequireFreePort(options.Port);
                servers = await EmbeddedServers.StartAsync(configuration, root, setup.Report, cancellationToken);
            }

            var started = new StrongBox<bool>();
            app = Build(options, setup, root, configuration, servers, started);
            await LookForRedisAsync(app.Services, setup.Report);
            await PrepareDatabaseAsync(app, options, setup.Report, cancellationToken);
            await app.StartAsync(cancellationToken);
            started.Value = true;
            var application = new LocalHostApplication(app, servers);
            app.Services.GetService<PublicUrl>()?.SetDefault(application.Address);
            return application;
        }
        catch (Exception exception)
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            if (servers is not null)
            {
                await servers.DisposeAsync();
            }

            if (LocalHostStartException.From(exception, options.Port) is { } failure)
            {
                throw failure;
            }

            throw;
        }
    }

    /// <summary>Runs until Ctrl-C, SIGTERM or the application itself asks to stop, and stops.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_app.Lifetime.ApplicationStopped.IsCancellationRequested)
        {
            await _app.StopAsync();
        }

        await _app.DisposeAsync();
        if (_servers is not null)
        {
            await _servers.DisposeAsync();
        }
    }

    // Before servers are started, which takes a while, and again when the application binds.
    private static void RequireFreePort(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new IOException(exception.Message, new AddressInUseException(exception.Message, exception));
        }
    }

    private static async Task LookForRedisAsync(IServiceProvider services, Action<string> report)
    {
        if (services.GetService<RedisConnection>() is { } redis && !await redis.CheckAsync())
        {
            report($"Redis at {redis.Description} cannot be reached. Starting without it; what needs it is answered with 503 until it is there.");
        }
    }

    private static async Task PrepareDatabaseAsync(
        WebApplication app, LocalHostOptions options, Action<string> report, CancellationToken cancellationToken)
    {
        if (app.Services.GetService<DatabaseSetup>() is not { } database)
        {
            return;
        }

        await database.MigrateAsync(cancellationToken).ReportIfSlowAsync("Updating the database schema…", report);
        if (options.DemoData && app.Environment.IsDevelopment())
        {
            await database.AddDemoDataAsync(cancellationToken).ReportIfSlowAsync("Adding demo data (first start only)…", report);
        }
    }

    private static WebApplication Build(
        LocalHostOptions options,
        LocalHostSetup setup,
        string root,
        IConfiguration configuration,
        EmbeddedServers? servers,
        StrongBox<bool> started)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(LocalHostApplication).Assembly.GetName().Name,
            ContentRootPath = root,
            EnvironmentName = LocalConfiguration.EnvironmentName(configuration),
        });
        builder.Configuration.AddConfiguration(configuration);
        if (servers is not null)
        {
            builder.Configuration.AddInMemoryCollection(servers.Settings);
            if (servers.Azurite is { } azurite)
            {
                builder.Services.AddSingleton<IBlobStorage>(new EmbeddedBlobStorage(azurite));
            }
        }

        setup.Application(builder);

        AddLogging(builder, started);
        AddServer(builder, options.Port);
        AddFunctionHosting(builder.Services, setup);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddAppMeters().AddPrometheusExporter());
        setup.Configure?.Invoke(builder);

        var app = builder.Build();
        app.MapPrometheusScrapingEndpoint(); // GET /metrics
        RequireUsableRedis(app.Services);
        HttpFunctions.Map(app);
        return app;
    }

    private static void RequireUsableRedis(IServiceProvider services)
    {
        if (services.GetService<RedisOptions>() is { UsesIdentity: true } && services.GetService<IRedisAuthentication>() is EntraRedisAuthentication)
        {
            throw new InvalidOperationException(
                "Redis__redisHostName: the local host cannot sign in to Redis with Microsoft Entra ID; set a connection string in Redis, or REDIS_HOST, instead.");
        }
    }

    private static void AddLogging(WebApplicationBuilder builder, StrongBox<bool> started) => builder.Logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        })
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("System", LogLevel.Warning)
        // What fails while starting is thrown to the caller, who shows it; the host would log it as well, with its stack trace.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => started.Value && level >= LogLevel.Warning)
        .AddConfiguration(builder.Configuration.GetSection("Logging"));

    private static void AddServer(WebApplicationBuilder builder, int port)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
            if (port == 0)
            {
                // "localhost" is two addresses (IPv4, IPv6), which cannot share a port that the system chooses.
                kestrel.Listen(IPAddress.Loopback, port);
            }
            else
            {
                kestrel.ListenLocalhost(port);
            }
        });
        builder.Host.UseDefaultServiceProvider(provider =>
            provider.ValidateScopes = provider.ValidateOnBuild = builder.Environment.IsDevelopment());
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
    }

    private static void AddFunctionHosting(IServiceCollection services, LocalHostSetup setup)
    {
        if (setup.ExtraFunctions.Count > 0)
        {
            var catalog = services.Select(service => service.ImplementationInstance).OfType<FunctionCatalog>().Last();
            services.AddSingleton(new FunctionCatalog(
                catalog.All.Select(function => function.Method.DeclaringType!).Concat(setup.ExtraFunctions).Distinct()));
        }

        // As in the worker: one instance of each middleware for all invocations.
        foreach (var middleware in setup.Middlewares)
        {
            services.AddSingleton(middleware);
        }

        services.AddSingleton(new InvocationPipeline(setup.Middlewares));
        services.AddScoped<CurrentInvocation>();
        services.AddScoped(scope => scope.GetRequiredService<CurrentInvocation>().Context
            ?? throw new InvalidOperationException($"{nameof(FunctionContext)} is a parameter of functions, not a service."));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ITriggerConnections, TriggerConnections>();
        services.AddSingleton<SettingPlaceholders>();
        services.AddHostedService<TriggerService>();
    }
}
