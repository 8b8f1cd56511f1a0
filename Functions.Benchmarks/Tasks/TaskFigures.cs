namespace Functions.Benchmarks.Tasks;

/// <summary>What is measured of a task queue.</summary>
/// <param name="Throughput">No-op tasks per second, one process, concurrency 16.</param>
/// <param name="P50">Median time from enqueue to start at an idle queue, in milliseconds.</param>
/// <param name="P99">The same, 99th percentile.</param>
internal sealed record TaskFigures(double Throughput, double P50, double P99);
