using Npgsql;

namespace Functions.Data;

/// <summary>No connection to PostgreSQL could be opened, however often it was tried. Nothing has been sent: whatever failed has not happened.</summary>
public sealed class DatabaseUnreachableException : NpgsqlException
{
    /// <inheritdoc/>
    public DatabaseUnreachableException()
    {
    }

    /// <inheritdoc/>
    public DatabaseUnreachableException(string message) : base(message)
    {
    }

    /// <inheritdoc/>
    public DatabaseUnreachableException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>True: the server may come back.</summary>
    public override bool IsTransient => true;
}
