using System.Diagnostics;
using Functions.LocalHost.Embedded;
using Microsoft.Extensions.Configuration;

namespace Functions.Tests.Embedded;

public sealed class EmbeddedServersTests
{
    [Theory]
    [InlineData("Email:SmtpHost", "smtp")]
    [InlineData("Email:Directory", "/var/spool/mail")]
    public async Task Nothing_is_made_when_everything_is_configured(string mailSetting, string mail)
    {
        using var root = new TemporaryRoot();

        await using var servers = await StartAsync(root, new()
        {
            ["REDIS_HOST"] = "redis",
            ["ConnectionStrings:Postgres"] = "Host=postgres",
            ["AzureWebJobsStorage:accountName"] = "account",
            [mailSetting] = mail
        });

        Assert.Empty(servers.Settings);
        Assert.Null(servers.Azurite);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Path));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("UseDevelopmentStorage=true", true)]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5", false)]
    public async Task Storage_is_embedded_unless_an_account_is_configured(string? storage, bool embedded)
    {
        using var root = new TemporaryRoot();

        await using var servers = await StartAsync(root, new()
        {
            ["Redis"] = "redis",
            ["ConnectionStrings:Postgres"] = "Host=postgres",
            ["AzureWebJobsStorage"] = storage
        });

        Assert.Equal(embedded, servers.Azurite is not null);
    }

    [Fact]
    public async Task Two_local_hosts_run_side_by_side_with_servers_of_their_own()
    {
        using var root = new TemporaryRoot();
        await using var first = await StartAsync(root, []);
        await using var second = await StartAsync(root, []);

        Assert.Equal(Path.Combine(root.Instance(1), "mail"), first.Settings["Email:Directory"]);
        Assert.Equal(Path.Combine(root.Instance(2), "mail"), second.Settings["Email:Directory"]);
        Assert.NotEqual(first.Settings["Redis"], second.Settings["Redis"]);
        Assert.NotEqual(first.Settings["ConnectionStrings:Postgres"], second.Settings["ConnectionStrings:Postgres"]);
    }

    [Fact]
    public async Task The_second_start_is_quick()
    {
        using var root = new TemporaryRoot();
        await using (await StartAsync(root, []))
        {
        }

        var started = Stopwatch.StartNew();
        await using var servers = await StartAsync(root, []);

        TestContext.Current.TestOutputHelper!.WriteLine($"Second start: {started.ElapsedMilliseconds} ms");
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(5), $"took {started.Elapsed}");
    }

    private static Task<EmbeddedServers> StartAsync(TemporaryRoot root, Dictionary<string, string?> settings) => EmbeddedServers.StartAsync(
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
        root.Path, TestContext.Current.TestOutputHelper!.WriteLine, TestContext.Current.CancellationToken);
}
