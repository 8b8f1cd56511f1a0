using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Worker;

/// <summary>Tells the Functions host that the worker exports its own telemetry: otherwise the host exports the worker's logs a second time.</summary>
public static class WorkerTelemetry
{
    /// <summary>Declares the capability that the host asks for.</summary>
    public static void AddWorkerTelemetry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<WorkerOptions>(options => options.Capabilities["WorkerOpenTelemetryEnabled"] = bool.TrueString);
    }
}
