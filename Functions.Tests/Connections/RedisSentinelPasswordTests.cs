using Functions.Redis.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.Connections;

public sealed class RedisSentinelPasswordTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_password_is_used_for_the_master_and_for_sentinels_that_ask_for_it(bool sentinelsAsk)
    {
        await using var master = await RedisProcess.StartNewAsync();
        await using var sentinel = await RedisProcess.StartNewSentinelAsync($"sentinel monitor primary 127.0.0.1 {master.Port} 1", "sentinel auth-pass primary secret");
        await master.CallAsync("CONFIG", "SET", "requirepass", "secret");
        if (sentinelsAsk)
        {
            await sentinel.CallAsync("ACL", "SETUSER", "default", "resetpass", ">secret");
        }

        var options = RedisOptions.FromConfiguration(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["REDIS_SENTINEL_HOSTS"] = sentinel.ConnectionString,
            ["REDIS_SENTINEL_MASTER"] = "primary",
            ["REDIS_PASSWORD"] = "secret",
        }).Build());
        await using var connection = new RedisConnection(options, NullLoggerFactory.Instance);

        var database = await connection.GetDatabaseAsync(TestContext.Current.CancellationToken);

        Assert.Equal("PONG", (string?)await database.ExecuteAsync("PING"));
    }
}
