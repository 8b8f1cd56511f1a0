using Functions.Redis.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

/// <summary>Connections as the application makes them, and a look at what is stored.</summary>
internal static class TestConnections
{
    extension(IRedisServer server)
    {
        /// <summary>A connection of the application, made on first use.</summary>
        public RedisConnection CreateConnection() => Create(server.ConnectionString);

        /// <summary>All keys that contain a text, on every node.</summary>
        public async Task<IReadOnlyList<RedisKey>> FindKeysAsync(string contained)
        {
            await using var redis = await server.ConnectAsync();
            var keys = new List<RedisKey>();
            foreach (var node in redis.GetServers())
            {
                await foreach (var key in node.KeysAsync(pattern: $"*{contained}*", pageSize: 1_000))
                    keys.Add(key);
            }
            return keys;
        }
    }

    public static RedisConnection Create(string connectionString) =>
        new(new RedisOptions { ConnectionString = connectionString }, NullLoggerFactory.Instance);
}
