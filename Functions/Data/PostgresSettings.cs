using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Functions.Data;

/// <summary>The settings <c>ConnectionStrings__Postgres</c>, <c>Postgres__credential</c> and <c>Postgres__clientId</c>.</summary>
/// <param name="ConnectionString">An Npgsql connection string.</param>
/// <param name="UsesIdentity">Whether a managed identity signs in, with a token in place of the password.</param>
/// <param name="ClientId">The client id of a user-assigned identity; null for the system-assigned one.</param>
internal sealed record PostgresSettings(string ConnectionString, bool UsesIdentity, string? ClientId)
{
    private const string Setting = "ConnectionStrings__Postgres";
    private const string Example = "such as 'Host=…;Database=…;Username=…'";

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidOperationException">One is missing or not valid.</exception>
    public static PostgresSettings FromConfiguration(IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString("Postgres");
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new InvalidOperationException($"{Setting} is missing: set it to a PostgreSQL connection string {Example}.");
        }

        var parsed = Parse(connectionString);
        if (string.IsNullOrEmpty(parsed.Host))
        {
            throw new InvalidOperationException($"{Setting} names no host.");
        }

        var usesIdentity = ReadCredential(configuration["Postgres:credential"]);
        var clientId = configuration["Postgres:clientId"];
        if (usesIdentity)
        {
            RequireFitForTokens(parsed);
        }
        else if (!string.IsNullOrWhiteSpace(clientId))
        {
            throw new InvalidOperationException($"Postgres__clientId is set without Postgres__credential: set that to '{ManagedIdentity.Name}'.");
        }

        return new PostgresSettings(connectionString, usesIdentity, clientId);
    }

    /// <summary>
    /// A connection string with bounds for what it does not say: 40 connections, 5 s to open one or to wait for a free one, 10 s for a command,
    /// 1 s for its cancellation.
    /// </summary>
    internal static string WithDefaults(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        connection.MaxPoolSize = connection.ShouldSerialize("Maximum Pool Size") ? connection.MaxPoolSize : Math.Max(40, connection.MinPoolSize);
        connection.Timeout = connection.ShouldSerialize("Timeout") ? connection.Timeout : 5;
        connection.CommandTimeout = connection.ShouldSerialize("Command Timeout") ? connection.CommandTimeout : 10;
        connection.CancellationTimeout = connection.ShouldSerialize("Cancellation Timeout") ? connection.CancellationTimeout : 1000;
        return connection.ConnectionString;
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException)
        {
            // The parser's message may repeat the connection string, and with it the password.
            throw new InvalidOperationException($"{Setting} is not a PostgreSQL connection string {Example}.");
        }
    }

    private static bool ReadCredential(string? credential) =>
        string.IsNullOrWhiteSpace(credential) ? false
        : credential.Equals(ManagedIdentity.Name, StringComparison.OrdinalIgnoreCase) ? true
        : throw new InvalidOperationException($"Postgres__credential: '{credential}' is not '{ManagedIdentity.Name}', the only value it has.");

    private static void RequireFitForTokens(NpgsqlConnectionStringBuilder connection)
    {
        if (!string.IsNullOrEmpty(connection.Password) || !string.IsNullOrEmpty(connection.Passfile))
        {
            throw new InvalidOperationException($"{Setting} has a password beside Postgres__credential: remove one of the two.");
        }

        if (string.IsNullOrEmpty(connection.Username))
        {
            throw new InvalidOperationException($"{Setting} names no user: with Postgres__credential it is the role of the identity.");
        }

        // With the weaker modes, which do not look at the certificate, whoever sits between could take the token.
        if (connection.SslMode is not (SslMode.VerifyFull or SslMode.VerifyCA))
        {
            throw new InvalidOperationException($"{Setting}: Postgres__credential needs 'Ssl Mode=VerifyFull', so that tokens reach nobody else.");
        }
    }
}
