using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Idempotency;

/// <summary>Remembers by key which requests have run and what they were answered, so that a repeated one does not run again.</summary>
/// <remarks>
/// After draft-ietf-httpapi-idempotency-key-header. A key costs Redis the answer and about 150 bytes, however long the caller's key is: Redis
/// knows it by its SHA-256 only.
/// </remarks>
public sealed class IdempotencyStore(RedisConnection connection)
{
    /// <summary>How long an answer is kept: 24 hours.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    /// <summary>How long the key of a request that died stays claimed: 1 minute, longer than requests run.</summary>
    public static readonly TimeSpan ClaimDuration = TimeSpan.FromMinutes(1);

    private const int DigestBytes = 16;

    private static readonly RedisScript Begin = RedisScript.Load("Idempotency/begin.lua");
    private static readonly RedisScript Complete = RedisScript.Load("Idempotency/complete.lua");

    /// <summary>Claims <paramref name="key"/> for a request.</summary>
    /// <param name="key">Caller, operation and the caller's key.</param>
    /// <param name="fingerprint">A digest of the request's content; all have one length.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<IdempotencyClaim> BeginAsync(string key, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken = default)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var token = Guid.NewGuid().ToString("N");
        var reply = await Begin.EvaluateAsync(
            database, [KeyOf(key)], [fingerprint, token, (long)ClaimDuration.TotalMilliseconds]);
        return (string)reply[0]! switch
        {
            "claimed" => new(IdempotencyState.Claimed, token, default),
            "running" => new(IdempotencyState.Running, "", default),
            "different" => new(IdempotencyState.Different, "", default),
            _ => new(IdempotencyState.Answered, "", (byte[])reply[1]!),
        };
    }

    /// <summary>Keeps the answer of a claimed request; an empty one gives the key free for another attempt.</summary>
    public async Task CompleteAsync(string key, string token, ReadOnlyMemory<byte> answer)
    {
        var database = await connection.GetDatabaseAsync();
        await Complete.EvaluateAsync(database, [KeyOf(key)], [token, answer, (long)Retention.TotalMilliseconds]);
    }

    /// <summary>Where Redis keeps what is known of a key.</summary>
    internal static RedisKey KeyOf(string key) =>
        $"idempotency:{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, DigestBytes))}";
}
