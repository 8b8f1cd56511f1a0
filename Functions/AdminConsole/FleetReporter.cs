using System.Reflection;
using Functions.Health;
using Functions.Redis.Connections;
using Functions.Redis.Monitoring;
using Functions.Redis.RateLimiting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.AdminConsole;

/// <summary>Tells every few seconds what this instance has counted, and learns whose limits are lifted.</summary>
public sealed partial class FleetReporter(
    FleetMonitor monitor, TightCallers tight, LiftedLimits lifted, RedisConnection redis, TimeProvider time, ILogger<FleetReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    // Without the commit behind the plus sign.
    private static readonly string Version =
        typeof(FleetReporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly string _id = Guid.NewGuid().ToString("N")[..12];
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // The start does not wait for it.
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await TryAsync(ReportAsync, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            using var timeout = new CancellationTokenSource(LeaveTimeout, time);
            await TryAsync(LeaveAsync, timeout.Token);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var refreshing = lifted.RefreshAsync(cancellationToken);
        var memory = await RedisMemory.ReadAsync(redis);
        var instance = new InstanceReport(
            _id,
            Environment.MachineName,
            Version,
            _startedAt,
            Environment.WorkingSet,
            tight.List());
        await monitor.ReportAsync(instance, memory.Count > 0 ? memory.Sum(server => server.Used) : null, cancellationToken);
        await refreshing;
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await ReportAsync(cancellationToken); // What was counted last.
        await monitor.LeaveAsync(_id, cancellationToken);
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            LogOutage(exception.Message);
        }
#pragma warning disable CA1031 // An exception that left this service would stop the process; the next report comes in some seconds.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The console's figures cannot be reported now: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(2, LogLevel.Error, "The console's figures could not be reported.")]
    private partial void LogFailed(Exception exception);
}
