using System.Net;
using System.Net.Http.Headers;
using Azure.Storage.Blobs;
using Functions.Data;
using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Faults;

/// <summary>What happens to tasks and their files when Blob storage goes away.</summary>
public sealed class StorageOutageTests(TestApplications applications) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TemporaryRoot _root = new();
    private Supervisor _supervisor = null!;
    private EmbeddedAzurite _azurite = null!;
    private IRedisServer _redis = null!;
    private string _direct = "";

    public async ValueTask InitializeAsync()
    {
        _supervisor = Supervisor.Start(_root.Path);
        _azurite = new EmbeddedAzurite(_root.Path, TemporaryRoot.NpmCache, _supervisor, _ => { });
        _direct = await _azurite.GetConnectionStringAsync();
        _redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _azurite.DisposeAsync();
        await _supervisor.DisposeAsync();
        _root.Dispose();
    }

    [Fact]
    public async Task Without_storage_files_are_unavailable_tasks_wait_and_both_work_again_when_it_is_back()
    {
        var (proxy, storage) = StorageProxy.Start(_direct);
        await using var disposed = proxy;
        await using var app = await applications.StartNewAsync(_redis.ConnectionString, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = storage,
            ["Tasks__BackoffBase"] = "00:00:01",
        });
        using var user = await app.CreateClient().AsNewUserAsync();
        var done = await user.EndOfAsync(await ReportAsync(user));
        var file = $"tasks/{done.GetProperty("id")}/files/report.csv";
        proxy.RefuseConnections();
        proxy.CutConnections();

        var waiting = (await (await ReportAsync(user)).JsonAsync()).GetProperty("task_id").GetString();
        await TestPolling.EventuallyAsync(async () => await StateAsync(user, waiting) is ("delayed", >= 1), Deadline, "the task to wait for its next attempt");
        var missing = await user.GetAsync(file);
        await missing.ProblemAsync(HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(missing.Header("Retry-After"));
        var health = await user.GetAsync("health");
        Assert.Equal((HttpStatusCode.OK, "degraded"), (health.StatusCode, (await health.JsonAsync()).GetProperty("status").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync("products/1")).StatusCode);

        proxy.Resume();

        await TestPolling.EventuallyAsync(async () => (await StateAsync(user, waiting)).State == "succeeded", Deadline, "the task to succeed");
        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync(file)).StatusCode);
    }

    [Fact]
    public async Task When_Redis_is_lost_between_an_image_and_its_task_neither_is_kept()
    {
        await using var redis = TcpProxy.Start(_redis);
        var storage = new CuttingStorage(new BlobServiceClient(_direct), redis);
        await using var app = await applications.StartNewAsync(redis.ConnectionString, configure: builder => builder.Services.AddSingleton<IBlobStorage>(storage));
        using var user = await app.CreateClient().AsNewUserAsync();

        var refused = await UploadAsync(user);

        await refused.ProblemAsync(HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Empty(storage.Client.GetBlobContainerClient("tasks").GetBlobs(cancellationToken: TestContext.Current.CancellationToken));
        redis.Resume();
        await TestPolling.EventuallyAsync(async () => (await user.GetAsync("tasks")).IsSuccessStatusCode, Deadline, "Redis to be back");
        Assert.Empty((await (await user.GetAsync("tasks")).JsonAsync()).GetProperty("items").EnumerateArray());
        Assert.Equal("succeeded", (await user.EndOfAsync(await UploadAsync(user))).GetProperty("state").GetString());
    }

    private static Task<HttpResponseMessage> ReportAsync(ApiClient user) =>
        user.PostAsync("reports", new { type = "sales", date_range = new { from = "2020-01-01", to = "2030-01-01" } });

    private static async Task<(string? State, int Attempts)> StateAsync(ApiClient user, string? task)
    {
        var answer = await (await user.GetAsync($"tasks/{task}")).JsonAsync();
        return (answer.GetProperty("state").GetString(), answer.GetProperty("attempts").GetInt32());
    }

    private static Task<HttpResponseMessage> UploadAsync(ApiClient client)
    {
        // One pixel.
        var body = new ByteArrayContent(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="));
        body.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return client.SendAsync(HttpMethod.Post, "images", body);
    }

    /// <summary>Storage whose first user finds Redis gone afterwards.</summary>
    private sealed class CuttingStorage(BlobServiceClient client, TcpProxy redis) : IBlobStorage
    {
        private int _used;

        public BlobServiceClient Client => client;

        public bool IsRunning => true;

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _used, 1) == 0)
            {
                redis.RefuseConnections();
                redis.CutConnections();
            }

            return new(client);
        }
    }
}
