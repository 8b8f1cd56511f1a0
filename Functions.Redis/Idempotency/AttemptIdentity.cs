using StackExchange.Redis;

namespace Functions.Redis.Idempotency;

/// <summary>Which attempt has a key.</summary>
/// <param name="Record">Where Redis keeps what is known of the key.</param>
/// <param name="Token">Names the attempt.</param>
/// <param name="Fingerprint">Of the request's content.</param>
internal sealed record AttemptIdentity(RedisKey Record, string Token, ReadOnlyMemory<byte> Fingerprint);
