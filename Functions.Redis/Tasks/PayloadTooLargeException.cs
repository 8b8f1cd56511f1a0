namespace Functions.Redis.Tasks;

/// <summary>A task is larger than <see cref="TaskOptions.MaximumPayloadBytes"/>.</summary>
public sealed class PayloadTooLargeException : ArgumentException
{
    /// <summary>Says how large it is.</summary>
    public PayloadTooLargeException(long bytes, long maximumBytes)
        : this($"The payload has {bytes} bytes of JSON, more than {maximumBytes}.")
    {
    }

    /// <inheritdoc cref="ArgumentException()"/>
    public PayloadTooLargeException()
    {
    }

    /// <inheritdoc cref="ArgumentException(string)"/>
    public PayloadTooLargeException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="ArgumentException(string, Exception)"/>
    public PayloadTooLargeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
