using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Functions.Benchmarks.Tasks;

// dotnet run -c Release --project Functions.Benchmarks -- --filter '*Cache*'
// dotnet run -c Release --project Functions.Benchmarks -- tasks
// The server is the one of the environment variable REDIS (host:port), by default localhost:6379.
if (args is ["tasks", ..])
{
    await TaskComparison.RunAsync(args[1..]);
    return;
}

var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithIterationCount(8).WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
