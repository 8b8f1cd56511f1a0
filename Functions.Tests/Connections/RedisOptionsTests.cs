using Functions.Redis.Connections;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

public sealed class RedisOptionsTests
{
    [Fact]
    public void Without_settings_it_is_the_local_server()
    {
        var configuration = Read([]).ToConfigurationOptions();

        Assert.Equal("localhost:6379", EndPointCollection.ToString(Assert.Single(configuration.EndPoints)));
        Assert.Equal(5_000, configuration.ConnectTimeout);
        Assert.Equal(5_000, configuration.AsyncTimeout);
        Assert.False(configuration.AbortOnConnectFail);
        Assert.Equal("functions", configuration.ClientName);
        Assert.True(string.IsNullOrEmpty(configuration.ServiceName));
    }

    [Fact]
    public void Every_single_setting_is_used()
    {
        var configuration = Read(new()
        {
            ["REDIS_HOST"] = "redis.example.com",
            ["REDIS_PORT"] = "6380",
            ["REDIS_DB"] = "3",
            ["REDIS_PASSWORD"] = "secret, with a comma",
            ["REDIS_SSL"] = "True",
            ["REDIS_MAX_CONNECTIONS"] = "50",
        });
        var options = configuration.ToConfigurationOptions();

        Assert.Equal(50, configuration.MaxConnections);
        Assert.Equal("redis.example.com:6380", EndPointCollection.ToString(Assert.Single(options.EndPoints)));
        Assert.Equal(3, options.DefaultDatabase);
        Assert.Equal("secret, with a comma", options.Password);
        Assert.True(options.Ssl);
    }

    [Fact]
    public void Sentinels_are_asked_for_the_master_by_its_name()
    {
        var options = Read(new()
        {
            ["REDIS_HOST"] = "ignored",
            ["REDIS_SENTINEL_HOSTS"] = "one:26379, two:26380,",
            ["REDIS_SENTINEL_MASTER"] = "primary",
        }).ToConfigurationOptions();

        Assert.Equal("primary", options.ServiceName);
        Assert.Equal(["one:26379", "two:26380"], options.EndPoints.Select(EndPointCollection.ToString));
    }

    [Fact]
    public void The_connection_string_wins_with_its_own_timeouts()
    {
        var options = Read(new()
        {
            ["Redis"] = "one.example.com:6380,ssl=true,password=secret,defaultDatabase=2,connectTimeout=9000,asyncTimeout=7000,name=mine",
            ["REDIS_HOST"] = "ignored",
            ["REDIS_SENTINEL_HOSTS"] = "ignored:1",
        }).ToConfigurationOptions();

        Assert.Equal("one.example.com:6380", EndPointCollection.ToString(Assert.Single(options.EndPoints)));
        Assert.Equal((2, 9_000, 7_000), (options.DefaultDatabase, options.ConnectTimeout, options.AsyncTimeout));
        Assert.Equal(("secret", "mine"), (options.Password, options.ClientName));
    }

    [Fact]
    public void An_identity_signs_in_to_the_server_of_the_triggers_over_TLS()
    {
        var settings = Read(new()
        {
            ["Redis:redisHostName"] = "shop.westeurope.redis.azure.net:10000",
            ["Redis:principalId"] = "object",
            ["Redis:clientId"] = "client",
            ["REDIS_HOST"] = "ignored",
            ["REDIS_DB"] = "3",
        });
        var options = settings.ToConfigurationOptions();

        Assert.True(settings.UsesIdentity);
        Assert.Equal(("object", "client"), (settings.PrincipalId, settings.ClientId));
        Assert.Equal("shop.westeurope.redis.azure.net:10000", EndPointCollection.ToString(Assert.Single(options.EndPoints)));
        Assert.True(options.Ssl);
        Assert.Null(options.Password);
        Assert.NotEqual(3, options.DefaultDatabase);
    }

    [Theory]
    [InlineData("Redis__redisHostName", "Redis:redisHostName", "shop.redis.azure.net")]
    [InlineData("Redis__redisHostName", "Redis:redisHostName", "shop.redis.azure.net:port")]
    [InlineData("Redis__redisHostName", "Redis", "localhost")]
    [InlineData("Redis__principalId", "Redis:principalId", "")]
    public void A_wrong_setting_of_the_identity_is_an_error_that_names_it(string named, string setting, string value)
    {
        var settings = new Dictionary<string, string?> { ["Redis:redisHostName"] = "shop.redis.azure.net:10000", ["Redis:principalId"] = "object", [setting] = value };

        var exception = Assert.Throws<RedisConfigurationException>(() => Read(settings).ToConfigurationOptions());

        Assert.StartsWith($"{named}: ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REDIS_HOST", "localhost")]
    [InlineData("Redis", "localhost,connectTimeout=9000,asyncTimeout=9000")]
    public void Timeouts_are_settings_beside_both_ways_to_name_the_server(string setting, string value)
    {
        var options = Read(new() { [setting] = value, ["REDIS_CONNECT_TIMEOUT"] = "00:00:01", ["REDIS_COMMAND_TIMEOUT"] = "00:00:02.5" }).ToConfigurationOptions();

        Assert.Equal((1_000, 2_500, 2_500), (options.ConnectTimeout, options.AsyncTimeout, options.SyncTimeout));
    }

    [Fact]
    public void Timeouts_set_in_code_win_over_the_connection_string()
    {
        var options = new RedisOptions
        {
            ConnectionString = "localhost,connectTimeout=9000,asyncTimeout=9000",
            ConnectTimeout = TimeSpan.FromSeconds(1),
            CommandTimeout = TimeSpan.FromSeconds(2),
        }.ToConfigurationOptions();

        Assert.Equal((1_000, 2_000, 2_000), (options.ConnectTimeout, options.AsyncTimeout, options.SyncTimeout));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Blank_settings_count_as_missing(string blank)
    {
        string[] names = ["Redis", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", "REDIS_SSL", "REDIS_MAX_CONNECTIONS",
            "REDIS_SENTINEL_HOSTS", "REDIS_SENTINEL_MASTER", "REDIS_SSL_CA_FILE", "REDIS_CONNECT_TIMEOUT", "REDIS_COMMAND_TIMEOUT"];

        var options = Read(names.ToDictionary(name => name, _ => (string?)blank));

        Assert.Equal("localhost:6379", EndPointCollection.ToString(Assert.Single(options.ToConfigurationOptions().EndPoints)));
        Assert.Null(options.Password);
    }

    [Theory]
    [InlineData("REDIS_PORT", "0")]
    [InlineData("REDIS_PORT", "65536")]
    [InlineData("REDIS_PORT", "six")]
    [InlineData("REDIS_DB", "-1")]
    [InlineData("REDIS_DB", "1.5")]
    [InlineData("REDIS_SSL", "yes")]
    [InlineData("REDIS_MAX_CONNECTIONS", "1")]
    [InlineData("REDIS_MAX_CONNECTIONS", "99999999999")]
    [InlineData("REDIS_COMMAND_TIMEOUT", "5")]
    [InlineData("REDIS_COMMAND_TIMEOUT", "00:00:00")]
    [InlineData("REDIS_CONNECT_TIMEOUT", "01:00:00")]
    [InlineData("REDIS_CONNECT_TIMEOUT", "soon")]
    [InlineData("REDIS_SSL_CA_FILE", "/no/such/file.pem")]
    [InlineData("REDIS_SENTINEL_HOSTS", "sentinel")]
    [InlineData("REDIS_SENTINEL_HOSTS", "sentinel:99999")]
    [InlineData("REDIS_SENTINEL_HOSTS", ":26379")]
    [InlineData("Redis", "password=topsecret")]
    [InlineData("Redis", "localhost,password=topsecret,connectTimeout=soon")]
    [InlineData("Redis", "localhost,password=topsecret,noSuchOption=1")]
    [InlineData("Redis", "localhost,password=topsecret,ssl=perhaps")]
    [InlineData("Redis", "localhost:port,password=topsecret,proxy=none of them")]
    [InlineData("Redis", "localhost,password=topsecret,version=x")]
    [InlineData("Redis", "localhost,password=topsecret,sslProtocols=x")]
    public void A_wrong_value_is_an_error_that_names_its_setting_and_tells_no_password(string setting, string value)
    {
        var exception = Assert.Throws<RedisConfigurationException>(() =>
            Read(new() { [setting] = value, ["REDIS_PASSWORD"] = "topsecret" }).ToConfigurationOptions());

        Assert.StartsWith($"{setting}: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", exception.ToString(), StringComparison.Ordinal);
    }

    private static RedisOptions Read(Dictionary<string, string?> settings) =>
        RedisOptions.FromConfiguration(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
