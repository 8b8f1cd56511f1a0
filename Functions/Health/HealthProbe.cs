using Functions.Http;
using Microsoft.Extensions.Logging;

namespace Functions.Health;

/// <summary>One question to one server: bounded in time, and never asked again while it is still open, however long the server hangs.</summary>
/// <param name="name">What the answer is called.</param>
/// <param name="whenDown">What it means for the application if there is no answer.</param>
/// <param name="ask">Asks.</param>
/// <param name="timeout">How long an answer may take.</param>
/// <param name="time">Measures it.</param>
/// <param name="logger">Told why there was none.</param>
internal sealed partial class HealthProbe(
    string name, HealthStatus whenDown, Func<Task<HealthCheck>> ask, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    private Task<HealthCheck>? _asked;

    /// <summary>What the answer is called.</summary>
    public string Name => name;

    /// <summary>Asks, or waits for the answer to what was asked before. Not for several callers at the same time.</summary>
    public async Task<HealthCheck> CheckAsync()
    {
        var started = time.GetTimestamp();
        try
        {
            // Off the caller's path: a library that blocks must not hold up the other probes.
            _asked = _asked is { IsCompleted: false } open ? open : Task.Run(ask).OrForgotten();
            var check = await _asked.WaitAsync(timeout, time);
            return check with { LatencyMs = Milliseconds(started) };
        }
#pragma warning disable CA1031 // Whatever a probe throws means that the server does not work; the log says what.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(name, exception.Message);
            return new HealthCheck(whenDown) { LatencyMs = Milliseconds(started) };
        }
    }

    private double Milliseconds(long started) => Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 2);

    [LoggerMessage(1, LogLevel.Warning, "The health probe of {Name} failed: {Reason}")]
    private partial void LogFailed(string name, string reason);
}
