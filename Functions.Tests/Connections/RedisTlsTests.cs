using Functions.Redis.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

/// <summary>Connections to a real server over TLS, whose certificate is good or not.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly int _port = FreePort.Next();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_certificate_of_a_configured_authority_is_accepted()
    {
        await using var server = await RedisProcess.StartNewAsync(settings: _authority.Issue(_port));
        await using var connection = Connect(_authority.CertificateFile);

        var database = await connection.GetDatabaseAsync(Cancellation);

        Assert.Equal("PONG", (string?)await database.ExecuteAsync("PING"));
        Assert.True(database.Multiplexer.GetServers().All(endpoint => endpoint.IsConnected));
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_refused()
    {
        using var other = new TestAuthority();
        await using var server = await RedisProcess.StartNewAsync(settings: _authority.Issue(_port));

        await IsRefusedAsync(null);
        await IsRefusedAsync(other.CertificateFile);
    }

    [Theory]
    [InlineData("127.0.0.2", false, true)]
    [InlineData("127.0.0.1", true, true)]
    [InlineData("127.0.0.1", false, false)]
    public async Task A_certificate_for_another_host_or_another_use_or_an_expired_one_is_refused(string address, bool expired, bool forServers)
    {
        await using var server = await RedisProcess.StartNewAsync(settings: _authority.Issue(_port, address, expired, forServers));

        await IsRefusedAsync(_authority.CertificateFile);
    }

    private async Task IsRefusedAsync(string? authorities)
    {
        await using var connection = Connect(authorities);

        var failure = await Assert.ThrowsAnyAsync<RedisConnectionException>(async () => await (await connection.GetDatabaseAsync(Cancellation)).PingAsync());

        Assert.True(RedisFailure.IsOutage(failure));
    }

    private RedisConnection Connect(string? authorities) => new(
        new RedisOptions { Host = "127.0.0.1", Port = _port, Ssl = true, CaFile = authorities, ConnectTimeout = TimeSpan.FromSeconds(2) }, NullLoggerFactory.Instance);
}
