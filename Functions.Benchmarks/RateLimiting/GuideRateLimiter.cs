using System.Globalization;
using StackExchange.Redis;

namespace Functions.Benchmarks.RateLimiting;

/// <summary>
/// The scheme of the guide: a sorted set of request times. A transaction drops what has left the window, counts, adds the request whether
/// it is allowed or not, and sets the time to live; a second round trip reads the oldest entry for the reset time.
/// </summary>
internal sealed class GuideRateLimiter(IDatabase database)
{
    public async Task<(bool IsAllowed, int Remaining, long ResetTime)> IsAllowedAsync(string key, int limit, int windowSeconds)
    {
        var now = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        var transaction = database.CreateTransaction();
        _ = transaction.SortedSetRemoveRangeByScoreAsync(key, 0, now - windowSeconds);
        var count = transaction.SortedSetLengthAsync(key);
        _ = transaction.SortedSetAddAsync(key, now.ToString("R", CultureInfo.InvariantCulture), now);
        _ = transaction.KeyExpireAsync(key, TimeSpan.FromSeconds(windowSeconds));
        await transaction.ExecuteAsync();

        var used = (int)await count;
        var oldest = await database.SortedSetRangeByRankWithScoresAsync(key, 0, 0);
        var reset = oldest.Length > 0 ? (long)(oldest[0].Score + windowSeconds) : (long)(now + windowSeconds);
        return (used < limit, Math.Max(0, limit - used - 1), reset);
    }
}
