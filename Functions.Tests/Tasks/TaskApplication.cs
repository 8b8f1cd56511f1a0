using System.Net;
using System.Text.Json;
using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;

[assembly: AssemblyFixture(typeof(TaskApplication))]

namespace Functions.Tests.Tasks;

/// <summary>An application with Blob storage and mail, in which tasks run as in production: by their triggers.</summary>
public sealed class TaskApplication : IAsyncDisposable
{
    private readonly TestApplications _applications = new();
    private readonly RedisServers _servers = new();
    private readonly TemporaryRoot _root = new();
    private readonly Lazy<Task<TestApplication>> _application;
    private Supervisor? _supervisor;
    private EmbeddedAzurite? _azurite;

    public TaskApplication() => _application = new(StartAsync);

    /// <summary>Where mail is written to.</summary>
    public string MailDirectory => Path.Combine(_root.Path, "mail");

    public Task<TestApplication> GetAsync() => _application.Value;

    public async ValueTask DisposeAsync()
    {
        if (_application.IsValueCreated)
        {
            await (await _application.Value).DisposeAsync();
        }

        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        if (_supervisor is not null)
        {
            await _supervisor.DisposeAsync();
        }

        await _applications.DisposeAsync();
        await _servers.DisposeAsync();
        _root.Dispose();
    }

    private async Task<TestApplication> StartAsync()
    {
        _supervisor = Supervisor.Start(_root.Path);
        _azurite = new EmbeddedAzurite(_root.Path, TemporaryRoot.NpmCache, _supervisor, _ => { });
        return await _applications.StartNewAsync((await _servers.GetAsync(RedisKind.Garnet)).ConnectionString, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = await _azurite.GetConnectionStringAsync(),
            ["Email__Directory"] = MailDirectory,
            ["Email__From"] = "shop@example.com",
            ["RateLimits__images__Limit"] = "1000",
            ["RateLimits__reports__Limit"] = "1000",
        });
    }
}

/// <summary>What tests do with tasks over HTTP.</summary>
internal static class TaskClientExtensions
{
    /// <summary>Waits for the end of the task that was accepted; returns it.</summary>
    public static async Task<JsonElement> EndOfAsync(this ApiClient client, HttpResponseMessage accepted, TimeSpan? deadline = null)
    {
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var answer = await accepted.JsonAsync();
        var id = answer.GetProperty("task_id").GetString();
        Assert.Equal("queued", answer.GetProperty("status").GetString());
        Assert.True(answer.GetProperty("queue_position").GetInt64() >= 1);
        Assert.Equal($"/api/tasks/{id}", accepted.Header("Location"));
        JsonElement task = default;
        await TestPolling.EventuallyAsync(
            async () => (task = await (await client.GetAsync($"tasks/{id}")).JsonAsync()).GetProperty("state").GetString() is "succeeded" or "dead",
            deadline ?? TimeSpan.FromSeconds(30),
            "the end of the task");
        return task;
    }
}
