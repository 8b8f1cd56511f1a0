using Functions.LocalHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Functions.Tests.LocalHost;

/// <summary>The local host with the functions of one test and nothing of the application.</summary>
internal static class TestHost
{
    public static Task<LocalHostApplication> StartAsync(
        Type[] functions,
        Dictionary<string, string?>? settings = null,
        Type[]? middlewares = null,
        Action<WebApplicationBuilder>? configure = null,
        string? root = null) => LocalHostApplication.StartAsync(
            new LocalHostOptions { Port = 0 },
            new LocalHostSetup
            {
                Application = builder => builder.Services.AddSingleton(new FunctionCatalog(functions)).AddSingleton<Inbox>(),
                StartsServers = false,
                Middlewares = middlewares ?? [],
                Settings = settings ?? [],
                Root = root ?? Path.GetTempPath(),
                Configure = builder =>
                {
                    builder.Logging.ClearProviders();
                    configure?.Invoke(builder);
                },
            },
            TestContext.Current.CancellationToken);

    public static HttpClient CreateClient(this LocalHostApplication application) => new() { BaseAddress = application.Address };

    public static Inbox Inbox(this LocalHostApplication application) => application.Services.GetRequiredService<Inbox>();
}
