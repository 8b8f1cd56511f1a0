using Functions.Http.Policies;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Http;

/// <summary>
/// Without <c>SECRET_KEY</c>, in Development only, hosts on one Redis share a random key, which is kept there: cookies of one are good for the other, and
/// outlive a restart. The first host's is taken.
/// </summary>
/// <param name="connection">The connection to Redis.</param>
/// <param name="signer">Signs cookies.</param>
/// <param name="fingerprint">Recognizes requests.</param>
/// <param name="secretKeys">The host's own random key, then earlier keys. While Redis is away nobody signs in, so nothing is signed by the own one.</param>
/// <param name="time">The time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class DevelopmentSecretKey(
    RedisConnection connection, SessionCookieSigner signer, BodyFingerprint fingerprint, IReadOnlyList<string> secretKeys, TimeProvider time, ILogger<DevelopmentSecretKey> logger)
    : BackgroundService
{
    /// <summary>Where it is kept.</summary>
    internal const string Key = "development:secret-key";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(31); // Longer than sessions live.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _current = secretKeys[0];

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        LogShared();
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(_asked.Task, Task.Delay(StartLimit, time, cancellationToken));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ShareAsync(stoppingToken);
            }
            catch (Exception exception) when (RedisFailure.IsOutage(exception) || stoppingToken.IsCancellationRequested)
            {
                // Redis is away, and with it every session. A Redis that comes back empty is given the key again.
            }

            _asked.TrySetResult();
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ShareAsync(CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        await database.StringSetAsync(Key, _current, Lifetime, When.NotExists);
        if (await database.StringGetSetExpiryAsync(Key, Lifetime) is { HasValue: true } shared && shared != _current)
        {
            _current = shared!;
            string[] keys = [_current, .. secretKeys];
            signer.UseKeys(keys);
            fingerprint.UseKeys(keys);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "SECRET_KEY is not set: in Development, hosts on one Redis share a random key, which is kept there.")]
    private partial void LogShared();
}
