using Functions.Redis.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Tasks;

/// <summary>Keeps the worker at work without Functions: listens to the queue's channel, and in case it misses something looks every polling interval.</summary>
internal sealed partial class TaskWorkerService(TaskQueue queue, TaskWorker worker, TaskOptions options, ILogger<TaskWorkerService> logger) : BackgroundService
{
    private bool _listening;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
                await queue.SweepAsync(stoppingToken);
                worker.Ring();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception))
            {
                LogOutage(exception.Message);
            }
#pragma warning disable CA1031 // A right that was taken away comes back: what ends here would end the host, and its web application with it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
            }

            await Task.Delay(options.PollingInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Once: the connection renews a subscription after an outage.
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        if (_listening)
        {
            return;
        }

        var subscriber = await queue.Store.GetSubscriberAsync(cancellationToken);
        await subscriber.SubscribeAsync(queue.Store.Keys.Channel, (_, message) => worker.Hear(message.ToString()));
        _listening = true;
    }

    [LoggerMessage(1, LogLevel.Debug, "The queue could not be looked at: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(2, LogLevel.Error, "The queue could not be looked at.")]
    private partial void LogFailed(Exception exception);
}
