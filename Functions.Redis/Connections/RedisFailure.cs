using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>Tells the failures of Redis itself, which callers can live without, from mistakes in the code.</summary>
public static class RedisFailure
{
    private static readonly string[] Codes = ["LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY"];
    private static readonly string[] WriteCodes = ["READONLY", "OOM", "MISCONF", "NOREPLICAS"];

    /// <summary>
    /// True when Redis could not be reached, did not answer in time, or answered that it cannot serve now (loading, read-only, out of
    /// memory, cluster down).
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        RedisConfigurationException => false,
        RedisConnectionException or RedisTimeoutException => true,
        RedisServerException server => HasCode(server.Message, WriteCodes) || HasCode(server.Message, Codes),
        ObjectDisposedException => false,
        RedisException => true,
        _ => false,
    };

    /// <summary>True when Redis answered that it takes no writes now (read-only, out of memory, disk or replicas missing). It may well be read.</summary>
    public static bool RefusesWrites(Exception exception) => exception is RedisServerException server && HasCode(server.Message, WriteCodes);

    private static bool HasCode(string message, string[] codes)
    {
        foreach (var code in codes)
        {
            // Redis 6 wraps what a command of a script answered: "ERR Error running script (call to f_…): …: -READONLY You can't write…".
            if (message.StartsWith(code, StringComparison.Ordinal)
                || (message.StartsWith("ERR Error running script", StringComparison.Ordinal) && message.Contains($": -{code} ", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
