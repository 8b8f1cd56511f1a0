using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.Accounts;

/// <summary>Something that is done once at start, as soon as the database is there and has its tables: the host does not wait for it.</summary>
public abstract partial class DatabaseStartStep(ILogger logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <summary>Does it. May be called again after a failure, and runs on every instance.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                await RunAsync(stoppingToken);
                return;
            }
#pragma warning disable CA1031 // The database may not be there yet, or have no tables yet: neither may end the host.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogWaiting(logger, GetType().Name, exception.GetBaseException().Message);
                await Task.Delay(RetryDelay, stoppingToken);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Step} is tried again in some seconds: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string step, string reason);
}
