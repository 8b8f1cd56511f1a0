namespace Functions.Redis.Caching;

[Flags]
internal enum CachePayloadFlags : byte
{
    None = 0,

    /// <summary>The value is null.</summary>
    Null = 1,

    /// <summary>The value is compressed (see <see cref="BrotliValue"/>).</summary>
    Compressed = 2,
}
