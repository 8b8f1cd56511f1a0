using System.ComponentModel.DataAnnotations;

namespace Functions.Redis.Tasks;

/// <summary>How tasks are kept and run. Settings: <c>Tasks__…</c>.</summary>
public sealed class TaskOptions
{
    /// <summary>The name of the queue, which all its keys and its channel start with, in braces: they lie on one server of a cluster. Default <c>tasks</c>.</summary>
    [Required, RegularExpression("^[A-Za-z0-9._-]{1,100}$", ErrorMessage = "The value must be 1 to 100 letters, digits, dots, underscores and hyphens.")]
    public string Queue { get; set; } = "tasks";

    /// <summary>How many tasks an instance runs at a time, 1 to 1,000; default 16.</summary>
    [Range(1, 1000)]
    public int Concurrency { get; set; } = 16;

    /// <summary>
    /// How long a task stays claimed by an instance that is not heard of; default 30 seconds. A living one renews its leases every third of it.
    /// After a crash its tasks wait for so long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.300", "01:00:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a task is tried that does not say, 1 to 999; default 5.</summary>
    [Range(1, 999)]
    public int MaximumAttempts { get; set; } = 5;

    /// <summary>How long the second attempt waits after the first at most; doubles with every further one. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan BackoffBase { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between two attempts; default 10 minutes. A handler that asks for more gets it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "7.00:00:00")]
    public TimeSpan BackoffMaximum { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long finished tasks are kept; default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How many finished tasks are kept, and as many dead ones; default 10,000.</summary>
    [Range(0, 10_000_000)]
    public int MaximumFinished { get; set; } = 10_000;

    /// <summary>How long an idempotency key of a task is remembered; default 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The largest payload, and the largest result, in bytes of JSON; default 1 MiB, where any mail fits in that the application accepts. Larger things belong in Blob storage.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>How many entries the wake-up list holds at most, by which the platform scales; default 1,000. With 0 there is none.</summary>
    [Range(0, 5000)]
    public int WakeUpListLength { get; set; } = 1000;

    /// <summary>How often the hosted service of <c>AddTaskWorker</c> looks for work that it has not heard of; default 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long running tasks may go on when the instance stops; then they are cancelled and given back. Default 20 seconds.
    /// The host's own limit (<c>HostOptions.ShutdownTimeout</c>, 30 seconds where it is not set) must be longer, or it cuts this short.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ShutdownLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long one invocation of a trigger stays with the worker, which tells the platform that the instance is busy; default 5 minutes. The worker
    /// goes on without it. Must be shorter than the host's <c>functionTimeout</c>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan InvocationLimit { get; set; } = TimeSpan.FromMinutes(5);
}
