using System.Text;
using Functions.Redis.Connections;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace Functions.Redis.Caching;

/// <summary>
/// Names that nothing can be cached under. As they may come from users, a read calls its factory and a value that is set is dropped, with a
/// line in the log; a tag that is blank or <c>*</c> is a mistake of the caller, and thrown.
/// </summary>
public sealed partial class RedisHybridCache
{
    private const int LoggedKeyLength = 40;

    // One for each kind: one mistake must not hide another.
    private readonly OutageLog[] _unusableLogs;

    private static string[] TagsOf(IEnumerable<string>? tags) => tags is null ? [] : CacheNames.Copy(tags);

    /// <summary>Copies the tags, and says why nothing can be cached under these names. Tags are not looked at where it is the key.</summary>
    private CacheNameFault FaultOf(string? key, IEnumerable<string>? tags, out string[] names)
    {
        names = [];
        if (CacheNames.FaultOf(key, Options.MaximumKeyLength) is not CacheNameFault.None and var fault)
        {
            return fault;
        }

        names = TagsOf(tags);
        return CacheNames.FaultOf(names);
    }

    /// <summary>As <see cref="FaultOf"/>; tells the log if the names cannot be used.</summary>
    private bool TryName(string? key, IEnumerable<string>? tags, out string[] names)
    {
        var fault = FaultOf(key, tags, out names);
        if (fault != CacheNameFault.None)
        {
            TellUnusable(fault, key, names.Length);
        }

        return fault == CacheNameFault.None;
    }

    // Nobody shares what this makes, nor waits for anything.
    private static async ValueTask<CacheEntry<T>> CallWithoutCacheAsync<T>(CacheCall<T> call, CancellationToken cancellationToken)
    {
        CacheMetrics.Read(CacheOutcome.Bypass);
        return new(
            call.Has(HybridCacheEntryFlags.DisableUnderlyingData) ? default! : await call.MakeAsync(new CacheEntryContext(call.Tags), cancellationToken), CacheOutcome.Bypass);
    }

    private void TellUnusable(CacheNameFault fault, string? key, int tags)
    {
        if (_unusableLogs[(int)fault].Tells(out var untold))
        {
            LogUnusable(
                Shorten(key),
                untold,
                fault switch
                {
                    CacheNameFault.BlankKey => "a key must not be null, empty or white space.",
                    CacheNameFault.LongKey => $"its {key!.Length} characters are more than Cache__MaximumKeyLength, {Options.MaximumKeyLength}.",
                    CacheNameFault.MalformedKey => "it has half a surrogate pair.",
                    CacheNameFault.LongTag => $"one of its tags has more than {CachePayload.MaximumTagBytes} bytes.",
                    CacheNameFault.MalformedTag => "one of its tags has half a surrogate pair.",
                    _ => $"its {tags} tags are more than {CachePayload.MaximumTags}.",
                });
        }
    }

    // Callers may have made it up: it must not fill the log.
    private static string Shorten(string? key)
    {
        if (key is null)
        {
            return "(null)";
        }

        var text = new StringBuilder();
        foreach (var rune in key.EnumerateRunes())
        {
            if (text.Length >= LoggedKeyLength)
            {
                return text.Append('…').ToString();
            }

            text.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }

        return text.ToString();
    }

    [LoggerMessage(13, LogLevel.Warning, "Nothing is cached under the key '{Key}' (nor was {Untold} times before, for the same reason): {Reason}")]
    private partial void LogUnusable(string key, long untold, string reason);
}
