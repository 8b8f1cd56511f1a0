using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Functions.Redis.Idempotency;

/// <summary>Remembers by key which requests have run and what they were answered, so that a repeated one does not run again.</summary>
/// <remarks>
/// After draft-ietf-httpapi-idempotency-key-header. A key costs Redis the answer and about 150 bytes, however long the caller's key is: Redis
/// knows it by its SHA-256 only.
/// </remarks>
public sealed partial class IdempotencyStore(RedisConnection connection, TimeProvider time, ILogger<IdempotencyStore> logger) : IAsyncDisposable, IDisposable
{
    /// <summary>How long an answer is kept: 24 hours.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    /// <summary>How long the key of a request whose process died stays claimed: 5 seconds. Who runs longer renews the claim.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(5);

    private const int DigestBytes = 16;

    private static readonly RedisScript Begin = RedisScript.Load("Idempotency/begin.lua");
    private static readonly RedisScript Renew = RedisScript.Load("Idempotency/renew.lua");
    private static readonly RedisScript Complete = RedisScript.Load("Idempotency/complete.lua");
    private static readonly RedisValue Lease = (long)LeaseDuration.TotalMilliseconds;

    private readonly UntoldOutcomes _untold = new(
        (attempt, answer) => SendCompleteAsync(connection, attempt, answer), time, logger);

    /// <summary>Claims <paramref name="key"/> for a request.</summary>
    /// <param name="key">Caller, operation and the caller's key.</param>
    /// <param name="fingerprints">
    /// Digests of the request's content, all of one length: by the first it is claimed, and by any an earlier attempt is recognized.
    /// </param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<IdempotencyClaim> BeginAsync(
        string key, IReadOnlyList<ReadOnlyMemory<byte>> fingerprints, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        var attempt = new AttemptIdentity(KeyOf(key), Guid.NewGuid().ToString("N"), fingerprints[0]);
        var claim = await BeginAsync(attempt, fingerprints, cancellationToken);
        return claim.State == IdempotencyState.Running && await _untold.TryTellAsync(attempt.Record)
            ? await BeginAsync(attempt, fingerprints, cancellationToken) // The attempt that had it was one of this process, and has ended.
            : claim;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _untold.DisposeAsync();

    /// <inheritdoc/>
    public void Dispose() => _untold.Dispose();

    /// <summary>Where Redis keeps what is known of a key.</summary>
    internal static RedisKey KeyOf(string key) =>
        $"idempotency:{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, DigestBytes))}";

    /// <summary>Renews the claim of an attempt; false if another one has the key.</summary>
    internal async Task<bool> TryRenewAsync(AttemptIdentity attempt)
    {
        try
        {
            var database = await connection.GetDatabaseAsync();
            if ((int)await Renew.EvaluateAsync(database, [attempt.Record], [attempt.Token, Lease, attempt.Fingerprint]) == 1)
            {
                return true;
            }

            LogLost();
            return false;
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            return true; // As far as anybody knows. The next renewal tells.
        }
        catch (ObjectDisposedException)
        {
            return false; // The process ends.
        }
    }

    internal async Task CompleteAsync(AttemptIdentity attempt, ReadOnlyMemory<byte> answer)
    {
        try
        {
            await SendCompleteAsync(connection, attempt, answer);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            _untold.Add(attempt, answer, exception.Message);
        }
    }

    private static async Task SendCompleteAsync(RedisConnection connection, AttemptIdentity attempt, ReadOnlyMemory<byte> answer)
    {
        var database = await connection.GetDatabaseAsync();
        await Complete.EvaluateAsync(
            database, [attempt.Record], [attempt.Token, answer, (long)Retention.TotalMilliseconds, attempt.Fingerprint]);
    }

    private async Task<IdempotencyClaim> BeginAsync(
        AttemptIdentity attempt, IReadOnlyList<ReadOnlyMemory<byte>> fingerprints, CancellationToken cancellationToken)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        RedisResult reply;
        try
        {
            reply = await Begin.EvaluateAsync(database, [attempt.Record], [attempt.Token, Lease, .. fingerprints.Select(one => (RedisValue)one)]);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            if (!WasNeverSent(exception))
            {
                // It may have claimed the key, for a request that does not run.
                _untold.Add(attempt, ReadOnlyMemory<byte>.Empty, exception.Message);
            }

            throw;
        }

        return (string)reply[0]! switch
        {
            "claimed" => new(IdempotencyState.Claimed) { Attempt = new IdempotencyAttempt(this, attempt, time) },
            "running" => new(IdempotencyState.Running) { EndsWithin = TimeSpan.FromMilliseconds((long)reply[1]) },
            "different" => new(IdempotencyState.Different),
            _ => new(IdempotencyState.Answered) { Answer = (byte[])reply[1]! },
        };
    }

    private static bool WasNeverSent(Exception exception) => exception switch
    {
        RedisConnectionException lost => lost.CommandStatus is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog,
        RedisTimeoutException late => late.Commandstatus is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog,
        _ => false,
    };

    [LoggerMessage(1, LogLevel.Warning, "An idempotent request has lost its key to another attempt, as its claim could not be renewed in time.")]
    private partial void LogLost();
}
