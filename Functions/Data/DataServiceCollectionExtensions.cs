using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Functions.Data;

/// <summary>Registers the database.</summary>
public static class DataServiceCollectionExtensions
{
    private const int CommandTimeoutSeconds = 10;

    /// <summary>Adds a pooled factory of <see cref="AppDbContext"/> for the setting <c>ConnectionStrings__Postgres</c>.</summary>
    /// <exception cref="InvalidOperationException">The setting is missing or no connection string.</exception>
    public static IServiceCollection AddAppDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var connectionString = Validated(configuration.GetConnectionString("Postgres"));
        services.AddPooledDbContextFactory<AppDbContext>(options => options.UseAppDatabase(connectionString));
        services.AddSingleton<DatabaseSetup>();
        return services;
    }

    internal static DbContextOptionsBuilder UseAppDatabase(this DbContextOptionsBuilder options, string connectionString) => options
        .UseNpgsql(connectionString, npgsql => npgsql.CommandTimeout(CommandTimeoutSeconds))
        .UseSnakeCaseNamingConvention();

    private static string Validated(string? connectionString)
    {
        const string Setting = "ConnectionStrings__Postgres";
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new InvalidOperationException($"{Setting} is missing: set it to a PostgreSQL connection string such as 'Host=…;Database=…;Username=…'.");
        }

        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Host is { Length: > 0 }
                ? connectionString
                : throw new InvalidOperationException($"{Setting} names no host.");
        }
        catch (ArgumentException)
        {
            // The parser's message may repeat the connection string, and with it the password.
            throw new InvalidOperationException($"{Setting} is not a PostgreSQL connection string such as 'Host=…;Database=…;Username=…'.");
        }
    }
}
