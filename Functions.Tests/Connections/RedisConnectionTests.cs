using Functions.Redis.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

public sealed class RedisConnectionTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task It_knows_whether_keys_are_spread_over_servers(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();

        await connection.GetDatabaseAsync(Cancellation);

        Assert.Equal(kind == RedisKind.Cluster, connection.IsCluster);
    }

    [Theory]
    [InlineData(null, "REDIS_DB: ")]
    [InlineData(",defaultDatabase=3", "Redis: defaultDatabase: ")]
    public async Task A_database_number_on_a_cluster_is_a_configuration_error(string? suffix, string setting)
    {
        var cluster = await servers.GetAsync(RedisKind.Cluster);
        var options = suffix is null
            ? new RedisOptions { Host = "127.0.0.1", Port = cluster.Endpoints[0].Port, Database = 3 }
            : new RedisOptions { ConnectionString = cluster.ConnectionString + suffix };
        await using var connection = new RedisConnection(options, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var exception = await Assert.ThrowsAsync<RedisConfigurationException>(() => connection.GetDatabaseAsync(Cancellation).AsTask());

            Assert.StartsWith($"{setting}database 3", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_server_that_is_down_at_first_use_is_used_when_it_is_up(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await using var connection = server.CreateConnection();
        await server.StopAsync();
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync());
        Assert.True(RedisFailure.IsOutage(failure), failure.ToString());

        await server.StartAsync();

        await TestPolling.EventuallyAsync(
            async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync() > TimeSpan.Zero, Deadline, "the connection");
        Assert.Equal(kind == RedisKind.Cluster, connection.IsCluster);
    }

    [Theory]
    [InlineData(RedisKind.Garnet), InlineData(RedisKind.Single)]
    public async Task Nobody_waits_for_the_first_connection_longer_than_its_timeout(RedisKind kind)
    {
        await using var server = await RedisServers.StartNewAsync(kind);
        await server.StopAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await using var connection = TestConnections.Create($"{server.ConnectionString},connectTimeout=2000");
            var elapsed = System.Diagnostics.Stopwatch.StartNew();

            await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<RedisConnectionException>(
                async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync())));

            Assert.InRange(elapsed.ElapsedMilliseconds, 0, 3_500);
        }
    }

    [Fact]
    public async Task Subscribing_waits_for_the_connection_of_subscriptions()
    {
        // In RESP2 it is another one, which the client makes after the first without waiting for it.
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var proxy = TcpProxy.Start(server);
        await using var connection = TestConnections.Create($"{proxy.ConnectionString},protocol=resp2,connectTimeout=20000");
        var connected = await connection.GetSubscriberAsync(Cancellation);
        await connected.SubscribeAsync(RedisChannel.Literal("first"));
        proxy.RefuseConnections();
        await RespConnection.CallOnceAsync(server.Endpoints[0], "CLIENT", "KILL", "TYPE", "pubsub");
        await TestPolling.EventuallyAsync(() => Task.FromResult(!connected.IsConnected()), Deadline, "the loss to be noticed");

        var waiting = connection.GetSubscriberAsync(Cancellation);
        await (await connection.GetDatabaseAsync(Cancellation)).PingAsync();
        Assert.False(waiting.IsCompleted);
        proxy.Resume();
        var messages = await (await waiting).SubscribeAsync(RedisChannel.Literal(Unique.Name()));
        await connected.PublishAsync(messages.Channel, "heard");

        Assert.Equal("heard", (string?)(await messages.ReadAsync(Cancellation)).Message);
    }

    [Fact]
    public async Task Subscribing_waits_no_longer_than_for_the_first_connection()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = TestConnections.Create($"{server.ConnectionString},connectTimeout=2000");
        await connection.GetSubscriberAsync(Cancellation);
        await server.StopAsync();
        await TestPolling.EventuallyAsync(
            async () => !(await connection.GetMultiplexerAsync(Cancellation)).IsConnected, Deadline, "the loss to be noticed");
        var elapsed = System.Diagnostics.Stopwatch.StartNew();

        var failure = await Assert.ThrowsAsync<RedisConnectionException>(() => connection.GetSubscriberAsync(Cancellation));

        Assert.True(RedisFailure.IsOutage(failure), failure.ToString());
        Assert.InRange(elapsed.ElapsedMilliseconds, 0, 3_500);
    }

    [Fact]
    public async Task Without_a_connection_commands_fail_at_once()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        var database = await connection.GetDatabaseAsync(Cancellation);
        await database.PingAsync();
        await server.StopAsync();
        await TestPolling.EventuallyAsync(() => Task.FromResult(!database.Multiplexer.IsConnected), Deadline, "the loss to be noticed");

        var elapsed = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAsync<RedisConnectionException>(() => database.PingAsync());

        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_cancelled_caller_gets_no_database()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        await connection.GetDatabaseAsync(Cancellation);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.GetDatabaseAsync(new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task It_may_be_disposed_twice()
    {
        var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        await connection.GetDatabaseAsync(Cancellation);

        await connection.DisposeAsync();
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task The_description_has_no_password()
    {
        await using var connection = TestConnections.Create("redis.example.com:6380,ssl=true,password=secret");

        Assert.Equal("redis.example.com:6380", connection.Description);
    }
}
