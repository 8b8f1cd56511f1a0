using System.Collections.Concurrent;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;

[assembly: AssemblyFixture(typeof(TestApplications))]

namespace Functions.Tests.Application;

/// <summary>One running application per kind of Redis, shared by the tests that do not disturb each other.</summary>
public sealed class TestApplications : IAsyncDisposable
{
    // Of its own, not the shared ones: an application's keys have fixed names.
    private readonly RedisServers _servers = new();
    private readonly TestDatabases _databases = new();
    private readonly ConcurrentDictionary<RedisKind, Lazy<Task<TestApplication>>> _applications = new();

    /// <summary>The shared application on <paramref name="kind"/>, or on the server of the setting <c>Redis</c> if there is one.</summary>
    public Task<TestApplication> GetAsync(RedisKind kind) =>
        _applications.GetOrAdd(kind, static (kind, self) => new(() => self.StartAsync(kind)), this).Value;

    /// <summary>An application of the test's own.</summary>
    public async Task<TestApplication> StartNewAsync(
        string redis, IReadOnlyDictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null) =>
        await TestApplication.StartAsync(redis, await _databases.CreateAsync(), settings, configure);

    /// <summary>A second instance beside <paramref name="first"/>, on the same servers.</summary>
    public static Task<TestApplication> StartBesideAsync(
        TestApplication first, IReadOnlyDictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null) =>
        TestApplication.StartAsync(first.Redis, first.Postgres, settings, configure);

    public async ValueTask DisposeAsync()
    {
        foreach (var application in _applications.Values)
        {
            await (await application.Value).DisposeAsync();
        }

        await _databases.DisposeAsync();
        await _servers.DisposeAsync();
    }

    private async Task<TestApplication> StartAsync(RedisKind kind)
    {
        var redis = TestApplication.ConfiguredRedis ?? (await _servers.GetAsync(kind)).ConnectionString;
        return await StartNewAsync(redis);
    }
}
