using System.Data.Common;
using System.Net;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Functions.LocalHost;

/// <summary>The servers that the settings name, without anything secret.</summary>
internal static class ServerSummary
{
    private const string NotConfigured = "not configured";
    private const string OnDemand = "Azurite, started when it is first used";

    public static IEnumerable<(string Name, string Value)> Of(IConfiguration configuration, bool storesOnDemand) =>
    [
        ("Redis", Show(configuration["Redis"], RedisEndPoints) ?? RedisHost(configuration) ?? NotConfigured),
        ("PostgreSQL", Show(configuration.GetConnectionString("Postgres"), text => Pick(text, "Host", "Port", "Database")) ?? NotConfigured),
        ("Blob storage", storesOnDemand ? OnDemand : Show(configuration["AzureWebJobsStorage"], text => Pick(text, "UseDevelopmentStorage", "AccountName", "BlobEndpoint")) ?? NotConfigured),
    ];

    private static string? Show(string? connectionString, Func<string, string> show)
    {
        try
        {
            return string.IsNullOrWhiteSpace(connectionString) ? null : show(connectionString);
        }
        catch (ArgumentException)
        {
            // Whoever uses the setting says what is wrong with it; here it is only shown.
            return "configured";
        }
    }

    private static string RedisEndPoints(string connectionString) => string.Join(", ", ConfigurationOptions.Parse(connectionString).EndPoints
        // A URL is no connection string of this client, and what stands before an @ in it is a password.
        .Select(endPoint => endPoint is DnsEndPoint dns ? $"{dns.Host[(dns.Host.LastIndexOf('@') + 1)..]}:{dns.Port}" : endPoint.ToString()));

    private static string? RedisHost(IConfiguration configuration) =>
        configuration["Redis:redisHostName"] is { Length: > 0 } endPoint ? endPoint :
        configuration["REDIS_HOST"] is { Length: > 0 } host ? $"{host}:{configuration["REDIS_PORT"] ?? "6379"}" : null;

    /// <summary>The given parts of a connection string: what is not asked for (passwords, keys, signatures) is not shown.</summary>
    private static string Pick(string connectionString, params string[] parts)
    {
        var values = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return string.Join(' ', parts.Where(values.ContainsKey).Select(part => $"{part}={values[part]}"));
    }
}
