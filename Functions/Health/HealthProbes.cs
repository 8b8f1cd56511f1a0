using System.Globalization;
using System.Text.RegularExpressions;
using Functions.Data;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Functions.Health;

/// <summary>Asks the servers that the application needs whether they answer.</summary>
public sealed partial class HealthProbes(
    RedisConnection redis, IDbContextFactory<AppDbContext> contexts, IBlobStorage storage, EventWorker events, TaskQueue tasks, TimeProvider time, ILogger<HealthProbes> logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LateRelay = TimeSpan.FromMinutes(1);

    /// <summary>Tasks, and events in the outbox, that wait for longer have too few workers, or none.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>Asks all of them at once; takes no longer than 2 seconds.</summary>
    public async Task<HealthAnswer> CheckAsync(CancellationToken cancellationToken)
    {
        (string Name, HealthStatus WhenDown, Task<HealthCheck> Check)[] checks =
        [
            ("redis", HealthStatus.Unhealthy, ProbeAsync("redis", HealthStatus.Unhealthy, PingRedisAsync, cancellationToken)),
            ("redis_memory", HealthStatus.Degraded, ProbeAsync("redis_memory", HealthStatus.Degraded, ReadRedisMemoryAsync, cancellationToken)),
            ("postgres", HealthStatus.Unhealthy, ProbeAsync("postgres", HealthStatus.Unhealthy, QueryPostgresAsync, cancellationToken)),
            ("storage", HealthStatus.Degraded, ProbeAsync("storage", HealthStatus.Degraded, AskStorageAsync, cancellationToken)),
            ("events", HealthStatus.Degraded, ProbeAsync("events", HealthStatus.Degraded, CheckEventsAsync, cancellationToken)),
            ("tasks", HealthStatus.Degraded, ProbeAsync("tasks", HealthStatus.Degraded, CountTasksAsync, cancellationToken)),
        ];
        await Task.WhenAll(checks.Select(check => check.Check));
        var answers = checks.ToDictionary(check => check.Name, check => check.Check.Result);
        return new HealthAnswer(answers.Values.Max(check => check.Status), answers);
    }

    private async Task<HealthCheck> ProbeAsync(
        string name, HealthStatus whenDown, Func<CancellationToken, Task<HealthCheck>> probe, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var check = await probe(cancellationToken).WaitAsync(Timeout, time, cancellationToken);
            return check with { LatencyMs = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 2) };
        }
#pragma warning disable CA1031 // Whatever a probe throws means that the server does not work; the log says what.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(name, exception.Message);
            return new HealthCheck(whenDown) { LatencyMs = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 2) };
        }
    }

    private async Task<HealthCheck> PingRedisAsync(CancellationToken cancellationToken)
    {
        await (await redis.GetDatabaseAsync(cancellationToken)).PingAsync();
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> ReadRedisMemoryAsync(CancellationToken cancellationToken)
    {
        var multiplexer = await redis.GetMultiplexerAsync(cancellationToken);
        var masters = multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToArray();
        if (masters.Length == 0)
        {
            return new HealthCheck(HealthStatus.Degraded);
        }

        var infos = await Task.WhenAll(masters.Select(server => server.InfoRawAsync("memory")));
        var used = infos.Sum(info => UsedMemory().Matches(info ?? "").Sum(match => long.Parse(match.ValueSpan, CultureInfo.InvariantCulture)));
        return new HealthCheck(HealthStatus.Healthy) { Used = string.Create(CultureInfo.InvariantCulture, $"{used / 1048576.0:0.##}M") };
    }

    private async Task<HealthCheck> QueryPostgresAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT 1", cancellationToken);
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> AskStorageAsync(CancellationToken cancellationToken)
    {
        if (!storage.IsRunning)
        {
            return new HealthCheck(HealthStatus.Healthy) { Note = "starts when it is first used" };
        }

        var client = await storage.GetClientAsync(cancellationToken);
        await client.GetBlobContainerClient("health").ExistsAsync(cancellationToken);
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> CheckEventsAsync(CancellationToken cancellationToken)
    {
        if (await events.CountParkedAsync(cancellationToken) is > 0 and var parked)
        {
            return new HealthCheck(HealthStatus.Degraded) { Note = string.Create(CultureInfo.InvariantCulture, $"{parked} events could not be handled and are parked") };
        }

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow();
        var (late, old) = (now - LateRelay, now - LongestWait);
        return await context.Outbox.AnyAsync(row => row.RelayedAt > now || row.CreatedAt < old || (row.RelayedAt == null && row.CreatedAt < late), cancellationToken)
            ? new HealthCheck(HealthStatus.Degraded) { Note = "events in the outbox are not published, or not handled" }
            : new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> CountTasksAsync(CancellationToken cancellationToken)
    {
        var counts = await tasks.CountAsync(cancellationToken);
        var status = counts.OldestQueued > LongestWait ? HealthStatus.Degraded : HealthStatus.Healthy;
        return new HealthCheck(status)
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"{counts.Queued} queued, {counts.Running} running, {counts.Delayed} delayed, {counts.Dead} dead"),
        };
    }

    // Redis names its memory used_memory; Garnet, which is part of the local host's process, tells that of the process.
    [GeneratedRegex(@"(?<=^(used_memory|proc_physical_memory_size):)\d+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex UsedMemory();

    [LoggerMessage(1, LogLevel.Warning, "The health probe of {Name} failed: {Reason}")]
    private partial void LogFailed(string name, string reason);
}
