using System.Globalization;
using StackExchange.Redis;

namespace Functions.Benchmarks.Tasks;

/// <summary>
/// Measures this project's tasks beside BullMQ, RQ and Celery on one Redis: <c>dotnet run -c Release --project Functions.Benchmarks -- tasks [count] [samples]</c>.
/// Needs Node.js with npm, and Python 3 with rq and celery (Debian: python3-rq, python3-celery); what is missing is named and left out.
/// </summary>
internal static class TaskComparison
{
    private static readonly TaskPeer[] Peers =
    [
        new("BullMQ", "node", "bullmq.mjs", 1, "bullmq", "ioredis"),
        new("Celery", "/usr/bin/python3", "celery_peer.py", 0.1),
        new("RQ", "/usr/bin/python3", "rq_peer.py", 0.02),
    ];

    public static async Task RunAsync(string[] args)
    {
        var tasks = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 50_000;
        var samples = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000;
        var endpoint = ConfigurationOptions.Parse(BenchmarkRedis.ConnectionString).EndPoints[0];

        Console.WriteLine("| queue | no-op tasks/s | enqueue to start p50 (ms) | p99 (ms) |");
        Console.WriteLine("|---|---|---|---|");
        await OwnTasks.MeasureAsync(tasks / 10, 200); // Compiles the hot paths, as the others' warm-up does.
        Write("Functions.Redis", await OwnTasks.MeasureAsync(tasks, samples));
        foreach (var peer in Peers)
        {
            var (figures, missing) = await peer.MeasureAsync(endpoint, tasks, samples);
            if (figures is null)
            {
                Console.WriteLine($"| {peer.Name} | missing: {missing} | | |");
            }
            else
            {
                Write(peer.Name, figures);
            }
        }
    }

    private static void Write(string name, TaskFigures figures) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {figures.Throughput:N0} | {figures.P50:0.00} | {figures.P99:0.00} |"));
}
