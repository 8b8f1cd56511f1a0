using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Functions.Benchmarks.Events;
using Functions.Benchmarks.Faults;
using Functions.Benchmarks.Tasks;

// dotnet run -c Release --project Functions.Benchmarks -- --filter '*Cache*'
// dotnet run -c Release --project Functions.Benchmarks -- tasks
// The server is the one of the environment variable REDIS (host:port), by default localhost:6379.
// Load on a running host: dotnet run -c Release --project Functions.Benchmarks -- events [clients] [broadcasts]
if (args is ["events", .. var sizes])
{
    await EventHandlerLatency.RunAsync(events: 5000);
    await EventStreamLoad.RunAsync(
        sizes.Length > 0 ? int.Parse(sizes[0], CultureInfo.InvariantCulture) : 2000,
        sizes.Length > 1 ? int.Parse(sizes[1], CultureInfo.InvariantCulture) : 60);
    return;
}

// Mixed load with faults: dotnet run -c Release --project Functions.Benchmarks -- faults [seconds] [share of the maximum]
if (args is ["faults", .. var limits])
{
    await FaultLoad.RunAsync(
        TimeSpan.FromSeconds(limits.Length > 0 ? double.Parse(limits[0], CultureInfo.InvariantCulture) : 60),
        limits.Length > 1 ? double.Parse(limits[1], CultureInfo.InvariantCulture) : 0.5);
    return;
}

if (args is ["tasks", ..])
{
    await TaskComparison.RunAsync(args[1..]);
    return;
}

var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithIterationCount(8).WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(FaultLoad).Assembly).Run(args, config);
