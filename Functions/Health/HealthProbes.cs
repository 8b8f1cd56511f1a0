using System.Globalization;
using Functions.Data;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Functions.Health;

/// <summary>Asks the servers that the application needs whether they answer.</summary>
/// <remarks>
/// However many ask, and however long a server hangs: the servers are asked by one check at a time, whose answer is given to everybody for two
/// seconds, and by one probe each.
/// </remarks>
public sealed class HealthProbes
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LateRelay = TimeSpan.FromMinutes(1);

    /// <summary>Tasks, and events in the outbox, that wait for longer have too few workers, or none.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly RedisConnection _redis;
    private readonly IDbContextFactory<AppDbContext> _contexts;
    private readonly IBlobStorage _storage;
    private readonly EventWorker _events;
    private readonly TaskQueue _tasks;
    private readonly TimeProvider _time;
    private readonly HealthProbe[] _probes;
    private readonly Lock _lock = new();
    private Task<HealthAnswer>? _checking;
    private long _answered;

    /// <summary>Makes the probes; nothing is asked yet.</summary>
    public HealthProbes(
        RedisConnection redis, IDbContextFactory<AppDbContext> contexts, IBlobStorage storage, EventWorker events, TaskQueue tasks, TimeProvider time, ILogger<HealthProbes> logger)
    {
        (_redis, _contexts, _storage, _events, _tasks, _time) = (redis, contexts, storage, events, tasks, time);
        _probes =
        [
            Probe("redis", HealthStatus.Unhealthy, PingRedisAsync),
            Probe("redis_memory", HealthStatus.Degraded, ReadRedisMemoryAsync),
            Probe("postgres", HealthStatus.Unhealthy, QueryPostgresAsync),
            Probe("storage", HealthStatus.Degraded, AskStorageAsync),
            Probe("events", HealthStatus.Degraded, CheckEventsAsync),
            Probe("tasks", HealthStatus.Degraded, CountTasksAsync),
        ];

        HealthProbe Probe(string name, HealthStatus whenDown, Func<Task<HealthCheck>> ask) => new(name, whenDown, ask, Timeout, time, logger);
    }

    /// <summary>How everything works, as of at most 2 seconds ago; takes no longer than 2 seconds.</summary>
    public Task<HealthAnswer> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_checking is null || (_checking.IsCompleted && _time.GetElapsedTime(_answered) >= Freshness))
            {
                _checking = CheckAllAsync();
            }

            return _checking.WaitAsync(cancellationToken);
        }
    }

    private async Task<HealthAnswer> CheckAllAsync()
    {
        var checks = await Task.WhenAll(_probes.Select(probe => probe.CheckAsync()));
        _answered = _time.GetTimestamp();
        return new HealthAnswer(checks.Max(check => check.Status), _probes.Zip(checks).ToDictionary(pair => pair.First.Name, pair => pair.Second));
    }

    private async Task<HealthCheck> PingRedisAsync()
    {
        await (await _redis.GetDatabaseAsync()).PingAsync();
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> ReadRedisMemoryAsync() =>
        await RedisMemory.ReadAsync(_redis) is { Count: > 0 } servers ? RedisMemory.Check(servers) : new HealthCheck(HealthStatus.Degraded);

    private async Task<HealthCheck> QueryPostgresAsync()
    {
        await using var context = await _contexts.CreateDbContextAsync();
        await context.Database.ExecuteSqlAsync($"SELECT 1");
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> AskStorageAsync()
    {
        if (!_storage.IsRunning)
        {
            return new HealthCheck(HealthStatus.Healthy) { Note = "starts when it is first used" };
        }

        var client = await _storage.GetClientAsync(CancellationToken.None);
        await client.GetBlobContainerClient("health").ExistsAsync();
        return new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> CheckEventsAsync()
    {
        if (await _events.CountParkedAsync(CancellationToken.None) is > 0 and var parked)
        {
            return new HealthCheck(HealthStatus.Degraded) { Note = string.Create(CultureInfo.InvariantCulture, $"{parked} events could not be handled and are parked") };
        }

        await using var context = await _contexts.CreateDbContextAsync();
        var now = _time.GetUtcNow();
        var (late, old) = (now - LateRelay, now - LongestWait);
        return await context.Outbox.AnyAsync(row => row.RelayedAt > now || row.CreatedAt < old || (row.RelayedAt == null && row.CreatedAt < late))
            ? new HealthCheck(HealthStatus.Degraded) { Note = "events in the outbox are not published, or not handled" }
            : new HealthCheck(HealthStatus.Healthy);
    }

    private async Task<HealthCheck> CountTasksAsync()
    {
        var counts = await _tasks.CountAsync();
        var status = counts.OldestQueued > LongestWait ? HealthStatus.Degraded : HealthStatus.Healthy;
        return new HealthCheck(status)
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"{counts.Queued} queued, {counts.Running} running, {counts.Delayed} delayed, {counts.Dead} dead"),
        };
    }
}
