using System.Text.RegularExpressions;
using Functions.LocalHost;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.Configuration;

namespace Functions.Tests;

public sealed partial class ConfigurationTests(TestApplications applications)
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
    [InlineData("Sessions__IdleLifetime", "Sessions__IdleLifetime", "banana")]
    [InlineData("00:05:00", "Sessions__IdleLifetime", "24")]
    [InlineData("00:05:00", "Sessions__IdleLifetime", "24:00:00")]
    [InlineData("00:05:00", "Sessions__IdleLifetime", "5m")]
    [InlineData("00:05:00", "Sessions__IdleLifetime", "01:30")]
    [InlineData("Cache__DefaultExpiration", "Cache__DefaultExpiration", "300")]
    [InlineData("Tasks__LeaseDuration", "Tasks__LeaseDuration", "30")]
    [InlineData("Events__HistoryAge", "Events__HistoryAge", "10.5")]
    [InlineData("LoginBackoff__FirstWait", "LoginBackoff__FirstWait", "1")]
    [InlineData("REDIS_COMMAND_TIMEOUT", "REDIS_COMMAND_TIMEOUT", "5")]
    [InlineData("Tasks__Concurrency", "Tasks__Concurrency", "eight")]
    [InlineData("Tasks__Concurrency", "Tasks__Concurrency", "1e1")]
    [InlineData("Cache__ExpirationJitter", "Cache__ExpirationJitter", "0,1")]
    [InlineData("Email__SmtpSecurity", "Email__SmtpSecurity", "SSL")]
    [InlineData("Email__SmtpSecurity", "Email__SmtpSecurity", "17")]
    [InlineData("Email__From", "Email__From", "nobody")]
    [InlineData("Email__From", "Email__From", "Shop <shop@>")]
    [InlineData("Email__SmtpHost", "Email__SmtpHost", "smtp://mail.example.org")]
    [InlineData("REDIS_HOST", "REDIS_HOST", "redis.example.org:6379", "Redis", null)]
    [InlineData("Redis", "Redis", $"redis://:{Secret}@redis.example.org:6379")]
    [InlineData("AzureWebJobsStorage", "AzureWebJobsStorage", $"AccountName=shop;{Secret}")]
    [InlineData("AzureWebJobsStorage__accountName", "AzureWebJobsStorage__accountName", "My_Account", "AzureWebJobsStorage", null)]
    [InlineData("AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__blobServiceUri", "account.blob.core.windows.net", "AzureWebJobsStorage", null)]
    [InlineData("Sessions__IdleLifetime", "Sessions__IdleLifetime", "00:00:00")]
    [InlineData("Cache__DefaultExpiration", "Cache__DefaultExpiration", "soon")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "@Microsoft.KeyVault(SecretUri=https://vault.example.org/secrets/key)")]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres", "@Microsoft.KeyVault(VaultName=shop;SecretName=database)")]
    [InlineData("Email__SmtpPassword", "Email__SmtpPassword", "@Microsoft.KeyVault(VaultName=shop;SecretName=mail)")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "<at least 32 random bytes: openssl rand -base64 48>")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "changemechangemechangemechangemechangeme")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("SECRET_KEY", "SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF")]
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

    [Theory]
    [InlineData("RateLimits__search__Limt", "RateLimits__search__Limit")]
    [InlineData("RateLimits__serch__Limit", "RateLimits__search")]
    [InlineData("RateLimit__search__Limit", "RateLimits__search")]
    [InlineData("Sesions__IdleLifetime", "Sessions__IdleLifetime")]
    [InlineData("Session__IdleLifetime", "Sessions__IdleLifetime")]
    [InlineData("Sessions__IdelLifetime", "Sessions__IdleLifetime")]
    [InlineData("Sessions_IdleLifetime", "Sessions__IdleLifetime")]
    [InlineData("Cache__Expiration", "Cache__ExpirationJitter", "Cache__")]
    [InlineData("Task__Concurrency", "Tasks__Concurrency")]
    [InlineData("Emails__From", "Email__From")]
    [InlineData("Http__TrustedProxyHop", "Http__TrustedProxyHops")]
    [InlineData("Outbox__BatchSizes", "Outbox__BatchSize")]
    [InlineData("LoginBackof__FreeFailures", "LoginBackoff__FreeFailures")]
    [InlineData("ConnectionStrings__Postgre", "ConnectionStrings__Postgres")]
    [InlineData("ConnectionString__Postgres", "ConnectionStrings__Postgres")]
    [InlineData("Postgres__clientid2", "Postgres__clientId")]
    [InlineData("Redis__redisHostname1", "Redis__redisHostName")]
    [InlineData("AzureWebJobStorage", "AzureWebJobsStorage")]
    [InlineData("AzureWebJobsStorage__acountName", "AzureWebJobsStorage__accountName")]
    [InlineData("REDIS_PASWORD", "REDIS_PASSWORD")]
    [InlineData("SECRETKEY", "SECRET_KEY")]
    [InlineData("ADMIN_EMIAL", "ADMIN_EMAIL")]
    public async Task A_misspelt_setting_stops_the_start_with_the_nearest_right_name(string setting, string meant, string? orAtLeast = null)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(
            () => TestApplication.StartAsync(app.Redis, app.Postgres, new Dictionary<string, string?> { [setting] = "00:00:05" }));

        Assert.StartsWith(string.Join("__", setting.Split("__").Take(2)), failure.Message, StringComparison.Ordinal);
        Assert.Contains(orAtLeast ?? $"Is {meant}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void What_is_near_to_no_setting_of_ours_is_left_alone()
    {
        string[] others =
        [
            "HTTP_PROXY", "no_proxy", "REDIS_URL", "REDIS_SERVICE_HOST", "SECRETS", "EMAIL", "CACHE_DIR", "TASK_COUNT", "AZURE_CLIENT_ID", "PATH",
            "Logging:LogLevel:Default", "Kestrel:Limits:KeepAliveTimeout", "AzureFunctionsJobHost:logging:logLevel", "ConnectionStrings:Warehouse",
            "WEBSITE_HOSTNAME", "FUNCTIONS_WORKER_RUNTIME", "OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_HEADERS", "AzureWebJobsSecretStorageType",
        ];
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(others.Select(name => KeyValuePair.Create<string, string?>(name, "x"))).Build();

        AppSettings.Check(configuration);
    }

    [Fact]
    public void Every_documented_setting_is_known_by_name()
    {
        var documented = File.ReadLines(Path.Combine(LocalConfiguration.FindRoot(), "docs", "configuration.md"))
            .TakeWhile(line => !line.StartsWith("## What the local host", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => SettingName().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value))
            .Where(name => !name.StartsWith('_'))
            .Select(name => name.Split("__")[0])
            .Distinct();

        Assert.Empty(documented.Except(AppSettings.Names));
    }

    [Theory]
    [InlineData("k0mXc2m1mB7W8o3wq0Jr4lqkq2dT5Zp6Yt9fHs1uEvG=")]
    [InlineData("4f1c9d0b7a6e5382c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6")]
    [InlineData("correct-Horse7battery!staple#Rd2-x9Q")]
    public async Task A_random_key_is_taken(string key)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        await using var started = await TestApplication.StartAsync(app.Redis, app.Postgres, new Dictionary<string, string?> { ["SECRET_KEY"] = key });
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

    [GeneratedRegex("`([A-Za-z_]+)")]
    private static partial Regex SettingName();
}
