namespace Functions.Redis.Connections;

/// <summary>A setting of the Redis connection is wrong; the message names it and says what it takes.</summary>
public sealed class RedisConfigurationException : InvalidOperationException
{
    /// <inheritdoc/>
    public RedisConfigurationException()
    {
    }

    /// <inheritdoc/>
    public RedisConfigurationException(string message) : base(message)
    {
    }

    /// <inheritdoc/>
    public RedisConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
