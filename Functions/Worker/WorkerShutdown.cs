using Functions.Redis.Tasks;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Worker;

/// <summary>
/// Fits the end of the application into the time that the Functions host leaves: it kills the worker 5 seconds after it has asked it to stop. A task that is killed counts an
/// attempt and waits for its lease to end; one that is given back goes on elsewhere at once.
/// </summary>
public static class WorkerShutdown
{
    // Tasks that do not end within this are cancelled, which takes up to two seconds more.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Running tasks get 2 s to end, unless <c>Tasks__ShutdownLimit</c> says less; a longer one stops the start.</summary>
    public static void AddWorkerShutdown(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new($"Tasks:{nameof(TaskOptions.ShutdownLimit)}", Longest.ToString())],
        });
        builder.Services.AddOptions<TaskOptions>().Validate(
            options => options.ShutdownLimit <= Longest,
            "Tasks__ShutdownLimit may be 00:00:02 at most in Azure Functions: the host kills the worker 5 seconds after it has asked it to stop.");
    }
}
