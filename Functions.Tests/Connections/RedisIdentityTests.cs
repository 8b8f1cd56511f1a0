using Functions.Redis.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

/// <summary>A connection whose credentials change: a user of a real server, whose password is replaced under way.</summary>
public sealed class RedisIdentityTests
{
    private const string User = "app-identity";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_signs_in_as_the_identity()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        await using var connection = Connect(server, new RotatingCredentials(User, "first"));

        var database = await connection.GetDatabaseAsync(Cancellation);

        Assert.Equal(User, (string?)await database.ExecuteAsync("ACL", "WHOAMI"));
    }

    [Fact]
    public async Task Renewed_credentials_do_not_drop_the_connection_nor_its_subscriptions()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        var credentials = new RotatingCredentials(User, "first");
        await using var connection = Connect(server, credentials);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var client = (long)await database.ExecuteAsync("CLIENT", "ID");
        var queue = await (await connection.GetSubscriberAsync(Cancellation)).SubscribeAsync(RedisChannel.Literal("news"));

        await server.ChangePasswordAsync("second");
        await credentials.RenewAsync("second");
        await database.PublishAsync(RedisChannel.Literal("news"), "after");

        Assert.Equal("after", (string?)(await queue.ReadAsync(Cancellation)).Message);
        Assert.Equal(client, (long)await database.ExecuteAsync("CLIENT", "ID"));
        Assert.Equal(1, credentials.Configured);
    }

    [Fact]
    public async Task A_connection_that_is_lost_comes_back_with_the_credentials_of_the_moment()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        var credentials = new RotatingCredentials(User, "first");
        await using var connection = Connect(server, credentials);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var client = (long)await database.ExecuteAsync("CLIENT", "ID");

        await server.ChangePasswordAsync("second");
        await credentials.RenewAsync("second");
        await server.DropConnectionsAsync();

        await TestPolling.EventuallyAsync(
            async () => (long)await database.ExecuteAsync("CLIENT", "ID") != client, Deadline, "a new connection");
        Assert.Equal(User, (string?)await database.ExecuteAsync("ACL", "WHOAMI"));
    }

    [Fact]
    public async Task Stale_credentials_are_an_outage_that_ends_with_good_ones()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        var credentials = new RotatingCredentials(User, "stale");
        await using var connection = Connect(server, credentials);
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync());
        Assert.True(RedisFailure.IsOutage(failure), failure.ToString());

        await server.ChangePasswordAsync("stale");

        await TestPolling.EventuallyAsync(
            async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync() > TimeSpan.Zero, Deadline, "the connection");
    }

    [Fact]
    public async Task An_identity_service_that_is_down_is_an_outage_that_the_next_use_retries()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        var credentials = new RotatingCredentials(User, "first") { Failure = new TimeoutException("169.254.169.254 does not answer") };
        await using var connection = Connect(server, credentials);
        var failure = await Assert.ThrowsAsync<RedisConnectionException>(() => connection.GetDatabaseAsync(Cancellation).AsTask());
        Assert.True(RedisFailure.IsOutage(failure));
        Assert.Contains("169.254.169.254 does not answer", failure.Message, StringComparison.Ordinal);

        credentials.Failure = null;

        Assert.True(await (await connection.GetDatabaseAsync(Cancellation)).PingAsync() > TimeSpan.Zero);
        Assert.Equal(2, credentials.Configured);
    }

    [Fact]
    public void Without_anything_that_signs_in_it_is_a_configuration_error()
    {
        var failure = Assert.Throws<RedisConfigurationException>(() =>
            new RedisConnection(new RedisOptions { IdentityEndPoint = "redis.example.org:10000" }, NullLoggerFactory.Instance));

        Assert.StartsWith("Redis__redisHostName: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_needs_nobody_to_sign_in()
    {
        await using var server = await IdentityRedis.StartAsync(User, "first");
        var credentials = new RotatingCredentials(User, "first");
        await using var connection = new RedisConnection(
            new RedisOptions { ConnectionString = $"{server.ConnectionString},user={User},password=first" }, NullLoggerFactory.Instance, credentials);

        await (await connection.GetDatabaseAsync(Cancellation)).PingAsync();

        Assert.Equal(0, credentials.Configured);
    }

    private static RedisConnection Connect(IdentityRedis server, RotatingCredentials credentials) =>
        new(new RedisOptions { IdentityEndPoint = server.ConnectionString, PrincipalId = User }, NullLoggerFactory.Instance, credentials);
}
