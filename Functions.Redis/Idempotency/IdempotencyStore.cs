using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Idempotency;

/// <summary>Remembers by key which requests have run and what they were answered, so that a repeated one does not run again.</summary>
/// <remarks>After draft-ietf-httpapi-idempotency-key-header.</remarks>
public sealed class IdempotencyStore(RedisConnection connection)
{
    /// <summary>How long an answer is kept: 24 hours.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    /// <summary>How long the key of a request that died stays claimed: 1 minute, longer than requests run.</summary>
    public static readonly TimeSpan ClaimDuration = TimeSpan.FromMinutes(1);

    private static readonly RedisScript Begin = RedisScript.Load("Idempotency/begin.lua");
    private static readonly RedisScript Complete = RedisScript.Load("Idempotency/complete.lua");

    /// <summary>Claims <paramref name="key"/> for a request.</summary>
    /// <param name="key">Caller, operation and the caller's key.</param>
    /// <param name="fingerprint">A digest of the request's content.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<IdempotencyClaim> BeginAsync(string key, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken = default)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var token = Guid.NewGuid().ToString("N");
        var reply = await Begin.EvaluateAsync(
            database, [Key(key)], [fingerprint, token, (long)ClaimDuration.TotalMilliseconds]);
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
        await Complete.EvaluateAsync(database, [Key(key)], [token, answer, (long)Retention.TotalMilliseconds]);
    }

    private static RedisKey Key(string key) => $"idempotency:{key}";
}
