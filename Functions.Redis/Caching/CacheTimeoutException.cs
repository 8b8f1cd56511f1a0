namespace Functions.Redis.Caching;

/// <summary>A read has waited for Redis as long as it may.</summary>
#pragma warning disable CA1032 // Thrown and caught here only.
internal sealed class CacheTimeoutException() : TimeoutException("Redis did not answer within the time that a read of the cache may take.");
#pragma warning restore CA1032
