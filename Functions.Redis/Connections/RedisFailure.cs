using StackExchange.Redis;

namespace Functions.Redis.Connections;

/// <summary>Tells the failures of Redis itself, which callers can live without, from mistakes in the code.</summary>
public static class RedisFailure
{
    /// <summary>
    /// True when Redis could not be reached, did not answer in time, or answered that it cannot serve now (loading, read-only, out of
    /// memory, cluster down).
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        RedisConfigurationException => false,
        RedisConnectionException or RedisTimeoutException => true,
        RedisServerException server => IsUnavailable(server.Message),
        ObjectDisposedException => false,
        RedisException => true,
        _ => false,
    };

    private static bool IsUnavailable(string message)
    {
        ReadOnlySpan<string> codes = ["LOADING", "READONLY", "OOM", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "MISCONF", "NOREPLICAS", "BUSY"];
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
