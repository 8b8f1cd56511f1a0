using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.LocalHost.Hosting;

/// <summary>Polls a Redis list as the Functions host does: pops a batch, runs its entries together, waits for all of them, sleeps.</summary>
/// <remarks>
/// Entries are popped before they run: what a crash interrupts is gone. Unlike the Functions host's, this loop survives a
/// Redis that is away for a while; nothing may depend on the difference.
/// </remarks>
internal sealed partial class RedisListListener(
    TriggeredFunction function,
    RedisListTriggerAttribute trigger,
    string key,
    ITriggerConnections connections,
    TimeProvider time,
    ILogger<RedisListListener> logger) : ITriggerListener
{
    private readonly TimeSpan _pollingInterval = TimeSpan.FromMilliseconds(trigger.PollingIntervalInMs);

    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        while (!stopping.IsCancellationRequested)
        {
            var entries = await PopAsync(stopping);
            await Task.WhenAll(entries.Select(entry => function.RunAsync(entry.ToString(), aborting)));
            await Task.Delay(_pollingInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<RedisValue[]> PopAsync(CancellationToken stopping)
    {
        try
        {
            var redis = (await connections.GetAsync(trigger.Connection, stopping)).GetDatabase();
            return await (trigger.ListDirection == ListDirection.LEFT
                ? redis.ListLeftPopAsync(key, trigger.MaxBatchSize)
                : redis.ListRightPopAsync(key, trigger.MaxBatchSize)) ?? [];
        }
        catch (Exception exception)
        {
            if (!stopping.IsCancellationRequested)
            {
                LogPollFailed(exception.Message, function.Name, key);
            }

            return [];
        }
    }

    // The message says what and where; a stack trace every second would bury it.
    [LoggerMessage(LogLevel.Warning, "Function {Function}: polling the list {Key} failed, and goes on. {Error}")]
    private partial void LogPollFailed(string error, string function, string key);
}
