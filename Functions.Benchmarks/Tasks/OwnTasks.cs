using System.Diagnostics;
using System.Text.Json;
using Functions.Redis.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Benchmarks.Tasks;

/// <summary>This project's queue and worker, as the hosted service of <c>AddTaskWorker</c>.</summary>
internal static class OwnTasks
{
    private static readonly string Text = new('x', 200);

    public static async Task<TaskFigures> MeasureAsync(int tasks, int samples)
    {
        var throughput = await ThroughputAsync(tasks);
        var (p50, p99) = await LatencyAsync(samples);
        return new TaskFigures(throughput, p50, p99);
    }

    private static async Task<double> ThroughputAsync(int tasks)
    {
        var (host, queue, probe) = Create();
        using (host)
        {
            for (var made = 0; made < tasks; made += TaskQueue.MaximumBatch)
            {
                await queue.EnqueueAsync([.. Enumerable.Range(0, Math.Min(TaskQueue.MaximumBatch, tasks - made)).Select(_ => NewNoOp())]);
            }

            var done = probe.AfterAsync(tasks);
            var started = Stopwatch.GetTimestamp();
            await host.StartAsync();
            await done;
            while ((await queue.CountAsync()).Running > 0)
            {
                await Task.Yield();
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            await host.StopAsync();
            return tasks / elapsed.TotalSeconds;
        }
    }

    private static async Task<(double P50, double P99)> LatencyAsync(int samples)
    {
        const int WarmUp = 50;
        var (host, queue, probe) = Create();
        using (host)
        {
            await host.StartAsync();
            var times = new List<double>();
            for (var i = 0; i < samples + WarmUp; i++)
            {
                var start = probe.AfterAsync(1);
                var enqueued = Stopwatch.GetTimestamp();
                await queue.EnqueueAsync("noop", new NoOpHandler.Payload(Text));
                var waited = Stopwatch.GetElapsedTime(enqueued, await start).TotalMilliseconds;
                if (i >= WarmUp)
                {
                    times.Add(waited);
                }

                await Task.Delay(5);
            }

            await host.StopAsync();
            times.Sort();
            return (times[times.Count / 2], times[(int)(times.Count * 0.99)]);
        }
    }

    private static NewTask NewNoOp() => new("noop", JsonSerializer.SerializeToUtf8Bytes(new { text = Text }));

    private static (IHost Host, TaskQueue Queue, NoOpHandler.Probe Probe) Create()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddRedis(BenchmarkRedis.Options);
        builder.Services.AddTaskWorker().Configure(options => options.Queue = $"benchmark-{Guid.NewGuid():N}");
        builder.Services.AddTaskHandler<NoOpHandler, NoOpHandler.Payload>("noop");
        builder.Services.AddSingleton<NoOpHandler.Probe>();
        var host = builder.Build();
        return (host, host.Services.GetRequiredService<TaskQueue>(), host.Services.GetRequiredService<NoOpHandler.Probe>());
    }
}
