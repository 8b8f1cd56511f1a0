using Functions.Redis.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.Events;

/// <summary>Relays right after a commit. What it does not manage is left to the timer.</summary>
public sealed partial class OutboxRelayService(OutboxSignal signal, OutboxRelay relay, ILogger<OutboxRelayService> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(stoppingToken);
                await relay.RelayAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception))
            {
                LogLater(exception.Message);
            }
#pragma warning disable CA1031 // The events are in the database; the loop must live for the next ones.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Events stay in the outbox for now, Redis cannot be reached: {Reason}")]
    private partial void LogLater(string reason);

    [LoggerMessage(2, LogLevel.Error, "Events stay in the outbox for now.")]
    private partial void LogFailed(Exception exception);
}
