using Functions.Redis.Connections;
using Npgsql;

namespace Functions.Events;

/// <summary>Tells handlers' failures that pass when a server is back from those of the event.</summary>
/// <remarks>A handler that takes too long counts as the former: a server that hangs looks like that.</remarks>
internal static class ServerOutage
{
    public static bool Includes(Exception exception) => exception is AggregateException { InnerExceptions: var all }
        ? all.All(Includes)
        : RedisFailure.IsOutage(exception)
            || exception is NpgsqlException { IsTransient: true } or TimeoutException
            || (exception.InnerException is { } inner && Includes(inner));
}
