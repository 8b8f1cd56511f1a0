using System.Collections.Concurrent;
using Functions.Data;
using Functions.Emails;
using Functions.LocalHost;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;

namespace Functions.Tests.Application;

/// <summary>The whole application in the test process, on its own database and the given Redis.</summary>
public sealed class TestApplication : IAsyncDisposable
{
    // One for all instances on a database: whichever of them has the task sends the mail.
    private static readonly ConcurrentDictionary<string, MailRecorder> Recorders = new();

    private readonly LocalHostApplication _application;

    private TestApplication(LocalHostApplication application, string redis, string postgres, LogRecorder log, MailRecorder mail) =>
        (_application, Redis, Postgres, Log, Mail) = (application, redis, postgres, log, mail);

    /// <summary>The server of the setting <c>Redis</c>, which the tests then use instead of servers of their own.</summary>
    public static string? ConfiguredRedis => Environment.GetEnvironmentVariable("Redis") is { Length: > 0 } configured ? configured : null;

    /// <summary>The connection string of its Redis.</summary>
    public string Redis { get; }

    /// <summary>The connection string of its database.</summary>
    public string Postgres { get; }

    /// <summary>What it has logged.</summary>
    public LogRecorder Log { get; }

    /// <summary>The mails that the instances on this database have sent, unless settings <c>Email__…</c> send them elsewhere.</summary>
    public MailRecorder Mail { get; }

    public IServiceProvider Services => _application.Services;

    public Uri Address => _application.Address;

    /// <summary>Starts an instance.</summary>
    /// <param name="redis">A StackExchange.Redis connection string.</param>
    /// <param name="postgres">An Npgsql connection string to a database that has the schema.</param>
    /// <param name="settings">Further settings.</param>
    /// <param name="configure">Replaces services.</param>
    public static async Task<TestApplication> StartAsync(
        string redis,
        string postgres,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var log = new LogRecorder();
        var mail = Recorders.GetOrAdd(new NpgsqlConnectionStringBuilder(postgres).Database!, static _ => new MailRecorder());
        var all = new Dictionary<string, string?>
        {
            ["Redis"] = redis,
            ["ConnectionStrings__Postgres"] = postgres,
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["SECRET_KEY"] = "a secret key of more than 32 bytes, for tests",
            // Each client of a test has an address of its own, so that tests do not share rate limits.
            ["Http__TrustedProxyHops"] = "1",
        };
        if (ConfiguredRedis is not null)
        {
            // Shared by applications with databases of their own, where different users have one number, and by earlier runs.
            var database = new NpgsqlConnectionStringBuilder(postgres).Database;
            all["Sessions__KeyPrefix"] = $"session:{database}:";
            all["Cache__KeyPrefix"] = $"cache:{database}:";
            all["Events__KeyPrefix"] = $"events:{database}:";
        }

        foreach (var (name, value) in settings ?? new Dictionary<string, string?>())
        {
            all[name] = value;
        }

        var application = await LocalHostApplication.StartAsync(
            new LocalHostOptions { Port = 0, DemoData = false },
            new LocalHostSetup
            {
                StartsServers = false,
                Settings = all,
                Root = Path.GetTempPath(),
                Report = _ => { },
                Configure = builder =>
                {
                    builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(ConsoleLoggerProvider)));
                    builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
                    builder.Services.AddSingleton<IPasswordHasher<User>>(TestPasswords.Hasher);
                    if (!all.Keys.Any(name => name.StartsWith("Email__", StringComparison.Ordinal)))
                    {
                        builder.Services.AddSingleton<IMailer>(mail);
                    }

                    configure?.Invoke(builder);
                },
            });
        return new TestApplication(application, redis, postgres, log, mail);
    }

    /// <summary>A client with an address of its own and no session.</summary>
    public ApiClient CreateClient() => new(Address);

    /// <summary>Asks the database for one value.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Changes the database; returns how many rows.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
