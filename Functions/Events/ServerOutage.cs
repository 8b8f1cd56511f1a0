using Functions.Redis.Connections;
using Npgsql;

namespace Functions.Events;

/// <summary>Tells handlers' failures that pass when a server is back from those of the event.</summary>
internal static class ServerOutage
{
    public static bool Includes(Exception exception) =>
        RedisFailure.IsOutage(exception)
        || exception is NpgsqlException { IsTransient: true }
        || (exception.InnerException is { } inner && Includes(inner));
}
