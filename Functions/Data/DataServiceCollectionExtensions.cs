using Azure.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Data;

/// <summary>Registers the database.</summary>
public static class DataServiceCollectionExtensions
{
    /// <summary>
    /// Adds a pooled factory of <see cref="AppDbContext"/> for the setting <c>ConnectionStrings__Postgres</c>, with the managed identity of
    /// <c>Postgres__credential</c> where it is set.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static IServiceCollection AddAppDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = PostgresSettings.FromConfiguration(configuration);
        var credential = settings.UsesIdentity ? ManagedIdentity.Credential(settings.ClientId) : null;
        services.AddPooledDbContextFactory<AppDbContext>(options => options.UseAppDatabase(settings.ConnectionString, credential));
        services.AddSingleton<DatabaseSetup>();
        return services;
    }

    internal static DbContextOptionsBuilder UseAppDatabase(
        this DbContextOptionsBuilder options, string connectionString, TokenCredential? credential = null) => options
        .UseNpgsql(PostgresSettings.WithDefaults(connectionString), npgsql =>
        {
            // What is safe to repeat is told where it is done: ConnectionRetry and DatabaseReads. The strategies of the provider repeat writes
            // too, or wrap the failures.
            npgsql.ExecutionStrategy(dependencies => new NonRetryingExecutionStrategy(dependencies));
            if (credential is not null)
            {
                npgsql.ConfigureDataSource(source => source.UseTokens(credential));
            }
        })
        .AddInterceptors(new ConnectionRetry(), new CommandTimings())
        .UseSnakeCaseNamingConvention();
}
