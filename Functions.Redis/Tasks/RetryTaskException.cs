namespace Functions.Redis.Tasks;

/// <summary>An attempt failed and another one may succeed. The message is shown to the task's owner.</summary>
public sealed class RetryTaskException : Exception
{
    /// <inheritdoc/>
    public RetryTaskException()
    {
    }

    /// <inheritdoc/>
    public RetryTaskException(string message) : base(message)
    {
    }

    /// <inheritdoc/>
    public RetryTaskException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <param name="message">Shown to the task's owner.</param>
    /// <param name="retryAfter">How long to wait, as the other side asked for; up to 30 days.</param>
    /// <param name="innerException">The cause.</param>
    public RetryTaskException(string message, TimeSpan retryAfter, Exception? innerException = null) : base(message, innerException) =>
        RetryAfter = retryAfter;

    /// <summary>How long to wait before the next attempt; null for the usual backoff.</summary>
    public TimeSpan? RetryAfter { get; }
}
