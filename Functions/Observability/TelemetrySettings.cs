using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace Functions.Observability;

/// <summary>Where telemetry goes. With no destination none is recorded.</summary>
/// <param name="HasOtlp">Whether <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; the exporter reads it and the other <c>OTEL_…</c> settings itself.</param>
/// <param name="AzureMonitor">The connection string of Application Insights (<c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>), or null.</param>
/// <param name="AzureCredential">
/// What signs in to Application Insights where it accepts identities only (<c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c>), or null.
/// </param>
public sealed record TelemetrySettings(bool HasOtlp, string? AzureMonitor, TokenCredential? AzureCredential)
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Whether there is a destination.</summary>
    public bool IsExported => HasOtlp || AzureMonitor is not null;

    /// <summary>Reads the settings named above.</summary>
    /// <exception cref="InvalidOperationException">One of them has a value that it cannot have; the message names it.</exception>
    public static TelemetrySettings FromConfiguration(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var endpoint = configuration[Otlp];
        if (!string.IsNullOrWhiteSpace(endpoint) && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            throw new InvalidOperationException($"{Otlp} is no address such as 'http://localhost:4317'.");
        }

        var connectionString = configuration[ApplicationInsights];
        if (!string.IsNullOrWhiteSpace(connectionString) && !connectionString.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"{ApplicationInsights} is no connection string such as 'InstrumentationKey=…;IngestionEndpoint=…'.");
        }

        return new TelemetrySettings(
            !string.IsNullOrWhiteSpace(endpoint),
            string.IsNullOrWhiteSpace(connectionString) ? null : connectionString,
            CredentialOf(configuration[Authentication]));
    }

    // As the Functions host reads it: "Authorization=AAD", for a user-assigned identity with "ClientId=…".
    private static ManagedIdentityCredential? CredentialOf(string? authentication)
    {
        if (string.IsNullOrWhiteSpace(authentication))
        {
            return null;
        }

        var parts = authentication
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        return parts.GetValueOrDefault("Authorization") != "AAD"
            ? throw new InvalidOperationException($"{Authentication} must be 'Authorization=AAD' or 'Authorization=AAD;ClientId=…'.")
            : new ManagedIdentityCredential(parts.TryGetValue("ClientId", out var clientId)
                ? ManagedIdentityId.FromUserAssignedClientId(clientId)
                : ManagedIdentityId.SystemAssigned);
    }
}
