using System.Globalization;
using Functions.Accounts;
using Functions.AdminConsole;
using Functions.Data;
using Functions.Events;
using Functions.Health;
using Functions.Http;
using Functions.Observability;
using Functions.OpenApi;
using Functions.Posts;
using Functions.Products;
using Functions.Redis.Caching;
using Functions.Redis.Connections;
using Functions.Search;
using Functions.Shop;
using Functions.Tasks;
using Functions.Users;
using Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions;

/// <summary>What the application consists of: the same registrations in the Functions worker and in the local host.</summary>
public static class FunctionApp
{
    /// <summary>Adds every service of the application.</summary>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static IHostApplicationBuilder AddFunctionApp(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        UnicodeText.RequireNormalization();
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture; // Nothing depends on the language of the machine.
        // A failing database command throws; whoever handles that logs it, with what it means.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.None);
        AppSettings.Check(builder.Configuration);
        builder.AddTelemetry();
        services.TryAddSingleton(new FunctionCatalog(typeof(FunctionApp).Assembly));
        services.TryAddSingleton(TimeProvider.System);
        services.AddHostedService<WiringCheck>();

        var redis = RedisOptions.FromConfiguration(builder.Configuration);
        redis.Profiler = RequestTimings.RedisCommands;
        services.AddRedis(redis);
        services.TryAddSingleton<IRedisAuthentication, EntraRedisAuthentication>();
        services.AddRedisHybridCache().BindSettings("Cache");
        services.AddRedisSessions().BindSettings("Sessions", SecretKeys.PreviousName);
        services.AddRedisRateLimits();
        services.AddLoginBackoff().BindSettings("LoginBackoff");

        services.AddAppDatabase(builder.Configuration);
        ConfiguredBlobStorage.Check(builder.Configuration);
        services.TryAddSingleton<IBlobStorage, ConfiguredBlobStorage>();
        services.AddHttpPipeline(builder.Configuration, builder.Environment);

        services.AddAccounts(builder.Configuration, builder.Environment);
        services.AddSingleton<Leftovers>();
        services.AddSingleton<PostBoard>();
        services.AddSingleton<ProductCatalog>();
        services.AddSingleton<ProductSearch>();
        services.AddEvents();
        services.AddAppTasks(builder.Environment);
        services.AddSingleton<HealthProbes>();
        services.AddSingleton<ApiPages>();
        services.AddShop();
        services.AddAdminConsole();
        return builder;
    }
}
