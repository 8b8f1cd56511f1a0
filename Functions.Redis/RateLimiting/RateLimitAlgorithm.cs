namespace Functions.Redis.RateLimiting;

/// <summary>How a limit counts.</summary>
public enum RateLimitAlgorithm
{
    /// <summary>At most so many permits in any window that ends at a request; exact. 10 bytes in Redis for each permit in the window.</summary>
    SlidingWindow,

    /// <summary>
    /// A bucket of as many permits as the limit, refilled evenly within the window: bursts up to the limit, and that rate in the long run.
    /// One small number in Redis (generic cell rate algorithm, ITU-T I.371).
    /// </summary>
    TokenBucket,

    /// <summary>
    /// At most so many permits in a window that starts with the first request and lasts for its whole length; up to twice as many may fall
    /// into an interval that spans two windows. One small number in Redis.
    /// </summary>
    FixedWindow,

    /// <summary>
    /// At most so many permits held at the same time. The window is the lease: a holder renews it, and the permits of one that crashed come
    /// back after that time.
    /// </summary>
    Concurrency,
}
