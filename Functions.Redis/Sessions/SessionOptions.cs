using System.ComponentModel.DataAnnotations;

namespace Functions.Redis.Sessions;

/// <summary>How long sessions live and what they are called. Settings: <c>Sessions__…</c>.</summary>
public sealed class SessionOptions
{
    /// <summary>What all keys of sessions start with; default <c>session:</c>.</summary>
    [Required]
    public string KeyPrefix { get; set; } = "session:";

    /// <summary>A session ends when it has not been used for this long; default 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A session ends this long after login at the latest; default 30 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan AbsoluteLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How many sessions a user may have open, 1 to 10,000; default 100. A login beyond that closes the oldest one, and where the number has been lowered
    /// some more.
    /// </summary>
    [Range(1, 10_000)]
    public int MaximumPerUser { get; set; } = 100;

    /// <summary>
    /// How often activity is written at most; default one minute, and never less often than ten times in the idle lifetime.
    /// The idle lifetime counts from the activity that was written last, which is never more than twice as long ago as this.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TouchInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest metadata value that is kept, in characters; default 256. Longer ones are cut.</summary>
    [Range(1, 4096)]
    public int MaximumMetadataLength { get; set; } = 256;
}
