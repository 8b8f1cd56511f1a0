namespace Functions.Redis.Caching;

public sealed partial class RedisHybridCache
{
    /// <summary>Looks at what lies in Redis under <paramref name="key"/>; null if nothing does. Neither counts as a read nor makes anything.</summary>
    public async Task<CachedEntry?> InspectAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        if (CacheNames.FaultOf(key, Options.MaximumKeyLength) != CacheNameFault.None)
        {
            return null;
        }

        var read = await Store.ReadAsync(Store.Plan(key, []), withRemaining: true);
        if (read.Bytes is not { } bytes || !CachePayload.TryParse(bytes, out var payload))
        {
            return null;
        }

        var tags = payload.ReadTags();
        List<string>? unknown = null;
        var isCurrent = payload.IsCurrent((await Store.ReadAsync(Store.Plan(key, tags))).Generations, ref unknown);
        ReadOnlyMemory<byte>? value = payload.IsNull ? null
            : payload.IsCompressed ? BrotliValue.Decompress(payload.Value.Span, Options.MaximumPayloadBytes)
            : payload.Value;
        return new CachedEntry(key, value, tags, isCurrent, (read.Remaining ?? TimeSpan.Zero) - payload.Retention, payload.Length);
    }
}
