using System.Text;
using System.Text.Json;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Redis.Caching;

namespace Functions.AdminConsole;

/// <summary>The answer of <c>GET /console/cache/entry</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value: of an answer its body; JSON where it is that, else text.</param>
/// <param name="Tags">The tags that it was stored under.</param>
/// <param name="Current">Whether none of them has been invalidated since.</param>
/// <param name="TtlSeconds">How long it is still fresh; zero or less if it is only kept for the worst.</param>
/// <param name="StoredBytes">What it takes in Redis.</param>
[Example("""{"key": "product:1", "value": {"id": 1, "name": "Oak table"}, "tags": ["products", "product:1"], "current": true, "ttl_seconds": 512.5, "stored_bytes": 310}""")]
public sealed record CacheEntryAnswer(string Key, JsonElement? Value, IReadOnlyList<string> Tags, bool Current, double TtlSeconds, int StoredBytes)
{
    private const int LongestText = 4096;

    internal static CacheEntryAnswer Of(CachedEntry entry) => new(
        entry.Key, Show(entry.Value), entry.Tags, entry.IsCurrent, Math.Round(entry.Expiration.TotalSeconds, 1), entry.StoredBytes);

    private static JsonElement? Show(ReadOnlyMemory<byte>? value) =>
        value is not { } bytes ? null
        : TryReadJson(bytes) ?? TryReadAnswer(bytes) ?? JsonSerializer.SerializeToElement(Text(bytes.Span));

    // What HTTP functions cache is an answer with its headers.
    private static JsonElement? TryReadAnswer(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return TryReadJson(StoredAnswer.Parse(bytes).Body);
        }
        catch (ArgumentException)
        {
            return null; // It is none.
        }
    }

    private static JsonElement? TryReadJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonElement.Parse(bytes.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LongestText)]).Replace('\0', '\uFFFD');
}
