using System.Collections.Concurrent;
using System.Diagnostics;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Functions.Benchmarks.Events;

/// <summary>How long it takes from publishing an event to the start of its handler, with one event on its way at a time.</summary>
internal static class EventHandlerLatency
{
    private const string Channel = "latency";

    public static async Task RunAsync(int events)
    {
        var arrivals = new ConcurrentDictionary<int, TaskCompletionSource<long>>();
        var services = new ServiceCollection().AddLogging().AddSingleton(arrivals).AddRedis(BenchmarkRedis.Options);
        services.AddRedisEvents().Configure(options => options.KeyPrefix = $"benchmark-{Environment.ProcessId}:");
        services.AddEventHandler<Arrivals, int>("measured");
        await using var provider = services.BuildServiceProvider();
        var publisher = provider.GetRequiredService<EventPublisher>();
        var worker = provider.GetRequiredService<EventWorker>();
        var subscriber = await provider.GetRequiredService<RedisConnection>().GetSubscriberAsync();
        (await subscriber.SubscribeAsync(RedisChannel.Literal(Channel))).OnMessage(
            message => worker.ReceiveAsync(message.Channel!, message.Message!, CancellationToken.None));

        var times = new List<double>();
        for (var i = 0; i < events; i++)
        {
            var arrival = arrivals[i] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var started = Stopwatch.GetTimestamp();
            await publisher.PublishAsync(Channel, "measured", i);
            var handled = await arrival.Task.WaitAsync(TimeSpan.FromSeconds(10));
            if (i >= events / 10)
            {
                times.Add(Stopwatch.GetElapsedTime(started, handled).TotalMilliseconds);
            }
        }

        EventStreamLoad.Report("Publish to handler", times);
    }

    private sealed class Arrivals(ConcurrentDictionary<int, TaskCompletionSource<long>> arrivals) : IEventHandler<int>
    {
        public Task HandleAsync(ReceivedEvent<int> received, CancellationToken cancellationToken)
        {
            arrivals[received.Data].TrySetResult(Stopwatch.GetTimestamp());
            return Task.CompletedTask;
        }
    }
}
