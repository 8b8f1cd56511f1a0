using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Functions.Observability;

/// <summary>Registers traces, metrics and logs by OpenTelemetry.</summary>
public static class TelemetryExtensions
{
    private const string ServiceName = "serverless-backend";

    /// <summary>The source of spans and the meter of <c>Functions.Redis</c>.</summary>
    private const string RedisBlocks = "Functions.Redis";

    /// <summary>Exports telemetry to the destinations of <see cref="TelemetrySettings"/>; records nothing where there is none.</summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var settings = TelemetrySettings.FromConfiguration(builder.Configuration);
        if (!settings.IsExported)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come later and win.
            .ConfigureResource(resource => resource.AddService(ServiceName, autoGenerateServiceInstanceId: true).AddEnvironmentVariableDetector())
            .WithTracing(traces => traces.AddAppSources())
            .WithMetrics(metrics => metrics.AddAppMeters())
            .WithLogging(null, logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = true;
            });
        if (settings.HasOtlp)
        {
            telemetry.UseOtlpExporter();
        }

        if (settings.AzureMonitor is not null)
        {
            telemetry.UseAzureMonitorExporter(monitor =>
            {
                monitor.ConnectionString = settings.AzureMonitor;
                monitor.Credential = settings.AzureCredential;
            });
        }
    }

    /// <summary>What is traced: requests but for health probes, database commands, the Redis building blocks.</summary>
    public static TracerProviderBuilder AddAppSources(this TracerProviderBuilder traces) => traces
        .AddAspNetCoreInstrumentation(requests => requests.Filter = http => !http.Request.Path.StartsWithSegments("/api/health"))
        .AddNpgsql()
        .AddSource(RedisBlocks);

    /// <summary>What is measured.</summary>
    public static MeterProviderBuilder AddAppMeters(this MeterProviderBuilder metrics) => metrics
        .AddAspNetCoreInstrumentation()
        .AddRuntimeInstrumentation()
        .AddNpgsqlInstrumentation()
        .AddMeter(RedisBlocks);
}
