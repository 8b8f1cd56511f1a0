using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests;

public sealed class ConfigurationTests(TestApplications applications)
{
    private const string Secret = "hunter2-is-secret";

    [Theory]
    [InlineData("SECRET_KEY", "SECRET_KEY", "too short")]
    [InlineData("SECRET_KEY", "SECRET_KEY", null, "AZURE_FUNCTIONS_ENVIRONMENT", "Production")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "", "AZURE_FUNCTIONS_ENVIRONMENT", "Staging")]
    [InlineData("Sessions__PreviousSecretKeys__0", "Sessions__PreviousSecretKeys__0", "too short")]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres", null)]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres", "garbage")]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres", $"Host=db;Password={Secret};Nonsense=1")]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres", $"Database=db;Password={Secret}")]
    [InlineData("ConnectionStrings__Postgres", "Postgres__credential", "managedidentity")]
    [InlineData("ConnectionStrings__Postgres", "Postgres__credential", "managedidentity", "ConnectionStrings__Postgres", "Host=db;Username=app")]
    [InlineData("ConnectionStrings__Postgres", "Postgres__credential", "managedidentity", "ConnectionStrings__Postgres", "Host=db;Username=app;Ssl Mode=Prefer")]
    [InlineData("ConnectionStrings__Postgres", "Postgres__credential", "managedidentity", "ConnectionStrings__Postgres", "Host=db;Username=app;Ssl Mode=Require")]
    [InlineData("ConnectionStrings__Postgres", "Postgres__credential", "managedidentity", "ConnectionStrings__Postgres", "Host=db;Ssl Mode=VerifyFull")]
    [InlineData("Postgres__credential", "Postgres__credential", "password")]
    [InlineData("Postgres__clientId", "Postgres__clientId", "00000000-0000-0000-0000-000000000000")]
    [InlineData("Redis__redisHostName", "Redis__redisHostName", "redis.example.org:10000")]
    [InlineData("Redis__principalId", "Redis__redisHostName", "redis.example.org:10000", "Redis", null)]
    [InlineData("Redis", "Redis", $"localhost:6379,password={Secret},nonsense=1")]
    [InlineData("REDIS_PORT", "REDIS_PORT", "abc")]
    [InlineData("REDIS_PORT", "REDIS_PORT", "70000")]
    [InlineData("REDIS_DB", "REDIS_DB", "-1")]
    [InlineData("REDIS_SSL", "REDIS_SSL", "perhaps")]
    [InlineData("REDIS_MAX_CONNECTIONS", "REDIS_MAX_CONNECTIONS", "0")]
    [InlineData("RateLimits__nothing", "RateLimits__nothing__Limit", "1")]
    [InlineData("RateLimits__products__Limit", "RateLimits__products__Limit", "0")]
    [InlineData("RateLimits__products__Limit", "RateLimits__products__Limit", "many")]
    [InlineData("RateLimits__products__WindowSeconds", "RateLimits__products__WindowSeconds", "-5")]
    [InlineData("RateLimits__products__Outage", "RateLimits__products__Outage", "panic")]
    [InlineData("Sessions:IdleLifetime", "Sessions__IdleLifetime", "banana")]
    [InlineData("Sessions__IdleLifetime", "Sessions__IdleLifetime", "00:00:00")]
    [InlineData("Cache:DefaultExpiration", "Cache__DefaultExpiration", "soon")]
    [InlineData("Cache__ExpirationJitter", "Cache__ExpirationJitter", "2")]
    [InlineData("Http__TrustedProxyHops", "Http__TrustedProxyHops", "-1")]
    [InlineData("ADMIN_PASSWORD", "ADMIN_EMAIL", "admin@example.org")]
    [InlineData("ADMIN_EMAIL", "ADMIN_PASSWORD", Secret)]
    [InlineData("ADMIN_EMAIL", "ADMIN_EMAIL", "nobody", "ADMIN_PASSWORD", Secret)]
    [InlineData("ADMIN_PASSWORD", "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", "hunter2")]
    [InlineData("Http__AllowedOrigins", "Http__AllowedOrigins__0", "shop.example")]
    [InlineData("Http__AllowedOrigins", "Http__AllowedOrigins__0", "https://shop.example/")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", Secret)]
    [InlineData("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", $"Authorization={Secret}")]
    public async Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(
        string named, string setting, string? value, string? otherSetting = null, string? otherValue = null)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var settings = new Dictionary<string, string?> { [setting] = value };
        if (otherSetting is not null)
        {
            settings[otherSetting] = otherValue;
        }

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestApplication.StartAsync(app.Redis, app.Postgres, settings));

        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain("hunter2", failure.Message);
        Assert.InRange(failure.Message.Length, 10, 300);
    }

    [Fact]
    public async Task The_local_host_says_that_it_cannot_sign_in_to_Redis_with_an_identity()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestApplication.StartAsync(app.Redis, app.Postgres, new Dictionary<string, string?>
        {
            ["Redis"] = null,
            ["Redis__redisHostName"] = "redis.example.org:10000",
            ["Redis__principalId"] = "00000000-0000-0000-0000-000000000000",
        }));

        Assert.StartsWith("Redis__redisHostName: the local host cannot sign in", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
