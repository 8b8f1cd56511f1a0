using System.ComponentModel.DataAnnotations;
using Functions.Redis.Connections;

namespace Functions.Redis.Events;

/// <summary>How events are kept, handled and streamed. Settings: <c>Events__…</c>.</summary>
public sealed class EventOptions : IValidatableObject
{
    /// <summary>What all keys of events start with; default <c>events:</c>.</summary>
    [Required]
    public string KeyPrefix { get; set; } = "events:";

    /// <summary>How many events a channel's history has at least, once there were so many; default 1,000.</summary>
    [Range(1, 100_000)]
    public int HistoryEvents { get; set; } = 1000;

    /// <summary>How long events stay in the history at least, up to <see cref="MaximumHistoryEvents"/> of them; default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan HistoryAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Events that were handled are kept up to this number, however young they are; default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaximumHistoryEvents { get; set; } = 10_000;

    /// <summary>Events that nobody has handled are kept up to this number per channel; default 100,000. Beyond it the oldest are dropped, which is logged.</summary>
    [Range(1, 10_000_000)]
    public int MaximumUnhandledEvents { get; set; } = 100_000;

    /// <summary>How long a channel on which nothing happens is kept; default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan ChannelLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The largest data of an event, in bytes of JSON; default 64 KiB, 1 KiB at least.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaximumDataBytes { get; set; } = 64 * 1024;

    /// <summary>How long the others wait before they take over from an instance that died while it handled events; default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:05:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a handler may take; default 10 seconds. Shorter than <see cref="LeaseDuration"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For how long a process stays with one channel, and a channel waits for its turn in the process, before it is left to the next sweep; default
    /// 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an event is tried before it is parked; default 5. What fails because a server is away does not count.</summary>
    [Range(1, 100)]
    public int MaximumAttempts { get; set; } = 5;

    /// <summary>How long the first retry waits; default one second. It doubles with each attempt, up to a minute, and varies by a fifth.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long parked events are kept, and the health check is degraded by them; default one day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan ParkedLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many channels a process handles at a time; default 32.</summary>
    [Range(1, 1000)]
    public int MaximumConcurrency { get; set; } = 32;

    /// <summary>How old an event is when a sweep looks whether it was handled; default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan SweepDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a stream on which nothing happens sends a comment, and looks after itself; default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:15")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After which time a stream ends and the client comes again; default 25 minutes, less than the time limit of functions (30 minutes).</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan StreamLifetime { get; set; } = TimeSpan.FromMinutes(25);

    /// <summary>How often it is checked that an open stream's session is open; default 2 seconds. One small command per stream each time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan SessionCheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many events a client may be behind before its stream ends; default 256. They are kept once for all clients of a channel.</summary>
    [Range(1, 100_000)]
    public int MaximumBacklog { get; set; } = 256;

    /// <summary>How long a client may take to receive what was sent before its connection is cut; default 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many streams of one user a process keeps open; default 20. The oldest ends when there are more.</summary>
    [Range(1, 100_000)]
    public int MaximumStreamsPerUser { get; set; } = 20;

    /// <summary>How long a user counts as online after the last sign of life of the instance that has the stream; default 45 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan PresenceLifetime { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long a user stays online after the last stream has closed, so that a reconnect is not seen; default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PresenceGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Tells failures of servers, which are retried until they are over, from failures of the event, which count as attempts. Default:
    /// failures of Redis.
    /// </summary>
    public Func<Exception, bool> IsOutage { get; set; } = RedisFailure.IsOutage;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HandlerTimeout >= LeaseDuration)
        {
            yield return new ValidationResult("It must be shorter than LeaseDuration.", [nameof(HandlerTimeout)]);
        }
    }
}
