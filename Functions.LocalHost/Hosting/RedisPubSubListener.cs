using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.LocalHost.Hosting;

/// <summary>Runs a function for every message of a channel or pattern; messages run concurrently, in no particular order.</summary>
internal sealed partial class RedisPubSubListener(
    TriggeredFunction function,
    string connection,
    RedisChannel channel,
    ITriggerConnections connections,
    TimeProvider time,
    ILogger<RedisPubSubListener> logger) : ITriggerListener
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions EnvelopeJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        var running = new List<Task>();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(running, stopping, aborting);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                LogSubscriptionFailed(exception.Message, function.Name, channel.ToString());
            }

            await Task.Delay(RetryInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running);
    }

    private async Task ListenAsync(List<Task> running, CancellationToken stopping, CancellationToken aborting)
    {
        var redis = await connections.GetAsync(connection, stopping);
        var subscriber = redis.GetSubscriber();
        if (!subscriber.IsConnected())
        {
            // Subscribing now would fail, and leave a queue behind that nobody reads.
            return;
        }

        // One subscription from here on: the connection renews it after an outage.
        var messages = await subscriber.SubscribeAsync(channel);
        try
        {
            await foreach (var message in messages.WithCancellation(stopping))
            {
                running.RemoveAll(task => task.IsCompleted);
                running.Add(function.RunAsync(ToEnvelope(message), aborting));
            }
        }
        finally
        {
            await messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }

    /// <summary>What a string parameter receives in the Functions host.</summary>
    private static string ToEnvelope(ChannelMessage message) => JsonSerializer.Serialize(
        new
        {
            SubscriptionChannel = message.SubscriptionChannel.ToString(),
            Channel = message.Channel.ToString(),
            Message = message.Message.ToString(),
        },
        EnvelopeJson);

    [LoggerMessage(LogLevel.Warning, "Function {Function}: the subscription to {Channel} failed, and is tried again. {Error}")]
    private partial void LogSubscriptionFailed(string error, string function, string channel);
}
