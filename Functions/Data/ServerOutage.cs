using Azure;
using Functions.Redis.Connections;
using Npgsql;

namespace Functions.Data;

/// <summary>Tells failures that pass when a server is back, be it Redis, PostgreSQL or Blob storage, from those of the request or the code.</summary>
/// <remarks>What takes too long counts as the former: a server that hangs looks like that.</remarks>
internal static class ServerOutage
{
    /// <summary>Whether PostgreSQL has failed at once and in a way that passes. Who has waited for a timeout has waited long enough.</summary>
    public static bool IsBrief(Exception? exception) => exception is NpgsqlException { IsTransient: true, InnerException: not TimeoutException };

    /// <summary>Whether a change that failed so may have been made all the same: the answer to its commit was lost, or not waited for.</summary>
    public static bool IsUnconfirmed(Exception? exception) => exception switch
    {
        null or DatabaseUnreachableException => false,
        OperationCanceledException or TimeoutException or NpgsqlException { IsTransient: true } => true,
        _ => IsUnconfirmed(exception.InnerException),
    };

    /// <summary>Whether an exception, or what caused it, is such a failure; of several all must be.</summary>
    public static bool Includes(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: var all } => all.All(Includes),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => true, // The primary has become a replica: a failover.
        NpgsqlException { IsTransient: true } or TimeoutException or RequestFailedException { Status: 0 or >= 500 } => true,
        _ => RedisFailure.IsOutage(exception) || (exception.InnerException is { } inner && Includes(inner)),
    };
}
