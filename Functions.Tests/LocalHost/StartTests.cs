using System.ComponentModel.DataAnnotations;
using Functions.LocalHost;
using Functions.Shop;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Functions.Tests.LocalHost;

public sealed class StartTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("functions-tests-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_busy_port_is_named()
    {
        await using var first = await TestHost.StartAsync([]);

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => LocalHostApplication.StartAsync(
            new LocalHostOptions { Port = first.Address.Port },
            new LocalHostSetup { Application = builder => builder.Services.AddSingleton(new FunctionCatalog(typeof(Lists))), Settings = new Dictionary<string, string?> { ["TestList"] = "l", ["Redis"] = "127.0.0.1:1,connectTimeout=100,connectRetry=0" } },
            TestContext.Current.CancellationToken));

        Assert.Equal($"Port {first.Address.Port} is in use. Choose another one with --port.", failure.Message);
    }

    [Theory]
    [InlineData(typeof(Lists), "Setting 'TestList' is missing: the trigger of function 'TestListed' needs it for '%TestList%:todo'.")]
    [InlineData(typeof(OtherConnection), "Setting 'OtherRedis' is missing: Redis triggers need the connection string in it.")]
    [InlineData(typeof(BadSchedule), "Function 'TestBadSchedule': 'every minute' is no schedule (six-field NCRONTAB, seconds first, or a TimeSpan).")]
    [InlineData(typeof(BadParameter), "Function 'TestBadParameter': parameter 'entry' cannot be a Byte[]. Supported are String (the trigger), FunctionContext and CancellationToken.")]
    public async Task A_trigger_that_cannot_work_stops_the_start(Type functions, string expected)
    {
        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestHost.StartAsync([functions]));

        Assert.Equal(expected, failure.Message);
    }

    [Fact]
    public async Task Options_that_are_not_valid_stop_the_start_with_one_line()
    {
        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestHost.StartAsync([], configure: builder =>
            builder.Services.AddOptions<Limits>().BindConfiguration("Limits").ValidateDataAnnotations().ValidateOnStart()));

        Assert.Contains("PerMinute", failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_stops_the_start_with_the_name_of_the_setting()
    {
        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestHost.StartAsync(
            [],
            new() { ["Limits__PerMinute"] = "many" },
            configure: builder => builder.Services.AddOptions<Limits>().BindConfiguration("Limits").ValidateOnStart()));

        Assert.Contains("'Limits:PerMinute'", failure.Message);
    }

    [Fact]
    public async Task Values_of_local_settings_are_settings_and_given_ones_win()
    {
        await WriteLocalSettingsAsync("""{ "IsEncrypted": false, "Values": { "TestA__B": "file", "TestC": "file" /* a comment */ } }""");

        await using var host = await TestHost.StartAsync([], new() { ["TestC"] = "given" }, root: _root.FullName);

        var configuration = host.Services.GetRequiredService<IConfiguration>();
        Assert.Equal("file", configuration["TestA:B"]);
        Assert.Equal("given", configuration["TestC"]);
    }

    [Fact]
    public async Task Environment_variables_win_over_local_settings()
    {
        await WriteLocalSettingsAsync("""{ "Values": { "PATH": "file" } }""");

        await using var host = await TestHost.StartAsync([], root: _root.FullName);

        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), host.Services.GetRequiredService<IConfiguration>()["PATH"]);
    }

    [Fact]
    public async Task Local_settings_that_are_no_JSON_are_named()
    {
        await WriteLocalSettingsAsync("""{ "Values": { """);

        var failure = await Assert.ThrowsAsync<LocalHostStartException>(() => TestHost.StartAsync([], root: _root.FullName));

        Assert.Contains("local.settings.json", failure.Message);
        Assert.Contains("LineNumber", failure.Message);
    }

    [Fact]
    public async Task The_environment_is_Development_unless_the_settings_name_another()
    {
        await using var plain = await TestHost.StartAsync([]);
        await using var staging = await TestHost.StartAsync([], new() { ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Staging" });

        Assert.Equal(
            Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") ?? Environments.Development,
            plain.Services.GetRequiredService<IHostEnvironment>().EnvironmentName);
        Assert.Equal("Staging", staging.Services.GetRequiredService<IHostEnvironment>().EnvironmentName);
    }

    [Fact]
    public async Task The_banner_shows_functions_and_servers_but_no_secrets()
    {
        await using var redis = await InProcessRedis.StartAsync();
        await using var host = await TestHost.StartAsync([typeof(Lists), typeof(Hourly)], new()
        {
            ["Redis"] = redis.ConnectionString + ",password=hunter2",
            ["TestList"] = "list",
            ["ConnectionStrings__Postgres"] = "Host=db;Port=5432;Database=shop;Username=u;Password=hunter3",
            ["AzureWebJobsStorage"] = "AccountName=store;AccountKey=hunter4",
        });

        var banner = StartBanner.Of(host, new LocalHostOptions { Verbose = true });

        Assert.Contains("redisListTrigger list:todo", banner);
        Assert.Contains("timerTrigger 0 0 * * * *", banner);
        Assert.Contains("127.0.0.1:", banner);
        Assert.Contains("Host=db Port=5432 Database=shop", banner);
        Assert.Contains("AccountName=store", banner);
        Assert.DoesNotContain("hunter", banner);
    }

    [Fact]
    public async Task The_banner_leads_to_the_pages_that_there_are_and_lists_functions_only_when_asked()
    {
        await using var host = await TestHost.StartAsync([typeof(Pages)], configure: builder =>
            builder.Services.AddSingleton(new DemoShop(new ShopOptions { Enabled = true }, builder.Environment)));
        await using var other = await TestHost.StartAsync([typeof(Pages)], configure: builder =>
            builder.Services.AddSingleton(new DemoShop(new ShopOptions { Enabled = false }, builder.Environment)));

        var (banner, verbose, without) = (StartBanner.Of(host, new()), StartBanner.Of(host, new() { Verbose = true }), StartBanner.Of(other, new()));

        Assert.Matches($@"  Shop +{host.Address}api/shop\r?\n  Health +{host.Address}api/health\r?\n\r?\n", banner);
        Assert.DoesNotContain("TestShop", banner);
        Assert.Contains("--verbose", banner);
        Assert.Contains($"[GET] {host.Address}api/shop", verbose);
        Assert.DoesNotContain("api/shop", without);
        using var client = host.CreateClient();
        Assert.EndsWith("/api/shop", (await client.GetAsync("", TestContext.Current.CancellationToken)).RequestMessage!.RequestUri!.ToString());
    }

    private Task WriteLocalSettingsAsync(string json) =>
        File.WriteAllTextAsync(Path.Combine(_root.FullName, "local.settings.json"), json, TestContext.Current.CancellationToken);

    private sealed class Limits
    {
        [Range(1, 100)]
        public int PerMinute { get; set; }
    }

    private sealed class Lists
    {
        [Function("TestListed")]
        public void Run([RedisListTrigger("Redis", "%TestList%:todo")] string entry)
        {
        }
    }

    private sealed class Pages
    {
        [Function("TestShop")]
        public string Shop([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "shop")] HttpRequest request) => "shop";

        [Function("TestHealth")]
        public string Health([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) => "health";
    }

    private sealed class OtherConnection
    {
        [Function("TestOtherConnection")]
        public void Run([RedisPubSubTrigger("OtherRedis", "channel")] string message)
        {
        }
    }

    private sealed class BadSchedule
    {
        [Function("TestBadSchedule")]
        public void Run([TimerTrigger("every minute")] TimerInfo timer)
        {
        }
    }

    private sealed class BadParameter
    {
        [Function("TestBadParameter")]
        public void Run([RedisListTrigger("Redis", "list")] byte[] entry)
        {
        }
    }

    private sealed class Hourly
    {
        [Function("TestHourly")]
        public void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer)
        {
        }
    }
}
