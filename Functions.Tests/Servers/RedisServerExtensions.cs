using StackExchange.Redis;

namespace Functions.Tests.Servers;

/// <summary>What a test does with any <see cref="IRedisServer"/>.</summary>
public static class RedisServerExtensions
{
    extension(IRedisServer server)
    {
        /// <summary>
        /// Opens a new connection that the caller disposes. It may use server commands, does not throw while the server is down, and
        /// reconnects soon after an outage.
        /// </summary>
        public async Task<IConnectionMultiplexer> ConnectAsync()
        {
            var options = ConfigurationOptions.Parse(server.ConnectionString);
            options.AbortOnConnectFail = false;
            options.AllowAdmin = true;
            options.ReconnectRetryPolicy = new LinearRetry(100);
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(100); // what looks whether it is time to reconnect
            return await ConnectionMultiplexer.ConnectAsync(options);
        }

        /// <summary>Deletes everything, on every master.</summary>
        public async Task FlushAsync()
        {
            foreach (var endpoint in server.Endpoints)
            {
                try
                {
                    await RespConnection.CallOnceAsync(endpoint, "FLUSHALL");
                }
                catch (RespException exception) when (exception.Message.StartsWith("READONLY", StringComparison.Ordinal))
                {
                    // A replica: its master tells it.
                }
            }
        }
    }
}
