namespace Functions.Redis.Tasks;

/// <summary>A task failed, and another attempt would fail as well. The message is shown to the task's owner.</summary>
public sealed class PermanentTaskException : Exception
{
    /// <inheritdoc/>
    public PermanentTaskException()
    {
    }

    /// <inheritdoc/>
    public PermanentTaskException(string message) : base(message)
    {
    }

    /// <inheritdoc/>
    public PermanentTaskException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
