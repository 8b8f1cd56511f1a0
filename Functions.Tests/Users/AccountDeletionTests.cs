using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Functions.Data;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Events;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;

namespace Functions.Tests.Users;

/// <summary>What is left of an account that was deleted.</summary>
public sealed class AccountDeletionTests(TestApplications applications, TaskApplication tasks) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private IRedisServer _redis = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServers.StartNewAsync(RedisKind.Single);

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task No_row_no_file_and_nothing_that_is_kept_in_Redis_mentions_the_user()
    {
        await using var app = await StartAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var stranger = app.CreateClient();
        var marker = Unique.Name("marker");
        await CreateEverythingAsync(app, user, other, marker);
        await stranger.PostAsync("login", new { email = user.Email, password = "not the password" });
        await other.PostAsync("messages", new { recipient_id = user.UserId, content = marker });
        await TestPolling.EventuallyAsync(async () => await CountAsync(user, "notifications") > 0 && await CountAsync(other, "notifications") > 0, Deadline, "the notifications");
        var pattern = $"{marker}|{Regex.Escape(user.Email)}|(^|[^0-9.]){user.UserId}([^0-9]|$)";
        var words = new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        Assert.NotEmpty(await Remains.InRedisAsync(_redis, words));
        Assert.NotEmpty(await Remains.InPostgresAsync(app, pattern));
        Assert.NotEmpty(await Remains.InStorageAsync(app, words));

        using var deleted = await user.DeleteAsync($"users/{user.UserId}");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        // Until the pass behind the streams that have closed meanwhile.
        await TestPolling.EventuallyAsync(
            async () => (await Remains.InRedisAsync(_redis, words)).All(IsShortLived) && (await Remains.InPostgresAsync(app, pattern)).Count == 0
                && (await Remains.InStorageAsync(app, words)).Count == 0,
            TimeSpan.FromSeconds(120),
            $"the rest to go: {string.Join("; ", (await Remains.InRedisAsync(_redis, words)).Where(rest => !IsShortLived(rest)).Select(rest => rest.Key)
                .Concat(await Remains.InPostgresAsync(app, pattern)).Concat(await Remains.InStorageAsync(app, words)))}");
        Assert.Equal(0, await CountAsync(other, "notifications"));
        Assert.Equal(0, await CountAsync(other, "messages"));

        // What goes by itself: counts of requests, invalidated cache entries, the further passes, and what the recipient's stream has been told.
        bool IsShortLived((string Key, string Content) rest) =>
            rest.Key.StartsWith("cache:", StringComparison.Ordinal)
            || rest.Key.Contains("ratelimit", StringComparison.Ordinal)
            || rest.Content.Contains(TaskNames.DeleteLeftovers, StringComparison.Ordinal)
            || rest.Key.EndsWith($"history:user:{other.UserId}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_task_or_an_upload_that_was_under_way_leaves_afterwards_goes_too()
    {
        await using var app = await StartAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        var owner = TaskDesk.OwnerOf(user.UserId);
        var (queue, files) = (app.Services.GetRequiredService<TaskQueue>(), app.Services.GetRequiredService<TaskFiles>());
        await UploadAsync(user);
        await user.DeleteAsync($"users/{user.UserId}");
        await TestPolling.EventuallyAsync(async () => (await FilesAsync(app, owner)).Count == 0, Deadline, "the first pass");

        await using (var late = await files.CreateOutputAsync(
            new TaskContext(TaskQueue.NewId(), TaskNames.GenerateReport, owner), "report.csv", "text/csv", Cancellation))
            await late.WriteAsync(new byte[10], Cancellation);
        var task = await queue.EnqueueAsync("unheard-of", 0, new EnqueueOptions { Owner = owner, Delay = TimeSpan.FromDays(1) }, Cancellation);

        await TestPolling.EventuallyAsync(
            async () => (await FilesAsync(app, owner)).Count == 0 && await queue.FindAsync(task.Id, Cancellation) is null, Deadline, "another pass");
    }

    [Fact]
    public async Task A_deletion_that_storage_held_up_is_completed_when_it_is_back()
    {
        var storage = new GatedStorage(await StorageAsync());
        await using var app = await StartAsync(builder => builder.Services.AddSingleton<IBlobStorage>(storage));
        using var user = await app.CreateClient().AsNewUserAsync();
        var owner = TaskDesk.OwnerOf(user.UserId);
        await UploadAsync(user);
        Assert.NotEmpty(await FilesAsync(app, owner));
        storage.IsAway = true;

        using var deleted = await user.DeleteAsync($"users/{user.UserId}");
        await TestPolling.EventuallyAsync(() => Task.FromResult(storage.Refusals > 0), Deadline, "an attempt to delete the files");
        storage.IsAway = false;

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await TestPolling.EventuallyAsync(async () => (await FilesAsync(app, owner)).Count == 0, Deadline, "the files to go");
    }

    [Fact]
    public async Task A_deletion_during_which_Redis_went_away_is_completed_without_its_user()
    {
        await using var app = await StartAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        var owner = TaskDesk.OwnerOf(user.UserId);
        await UploadAsync(user);
        await using var held = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE");
        var deletion = user.DeleteAsync($"users/{user.UserId}");
        await held.WaitUntilBlockingAsync();

        await _redis.KillAsync();
        await held.CommitAsync();

        using var response = await deletion;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM users WHERE id = {user.UserId}"));
        await _redis.StartAsync();
        await TestPolling.EventuallyAsync(async () => (await FilesAsync(app, owner)).Count == 0, TimeSpan.FromSeconds(120), "the files to go");
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("protected")).StatusCode);
    }

    private async Task CreateEverythingAsync(TestApplication app, ApiClient user, ApiClient other, string marker)
    {
        var queue = app.Services.GetRequiredService<TaskQueue>();
        using var second = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using (var stream = await EventReader.OpenAsync(second))
        {
            await TestPolling.EventuallyAsync(
                async () => (await (await user.GetAsync("presence")).TextAsync()).Contains($"{user.UserId}", StringComparison.Ordinal), Deadline, "the user to be online");
        }

        HttpResponseMessage[] answers =
        [
            await user.PutAsync($"users/{user.UserId}", new { name = marker }),
            await user.PostAsync("posts", new { title = marker, body = marker }),
            await user.PostAsync("messages", new { recipient_id = other.UserId, content = marker }),
            await user.PostAsync("user-action"),
            await user.GetAsync($"users/{user.UserId}"),
            await other.GetAsync($"users/{user.UserId}/posts"),
            await user.GetAsync("profile"),
        ];
        Assert.All(answers, answer => Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode}"));
        await UploadAsync(user);
        await user.EndOfAsync(await user.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2099-01-01" } }));
        await queue.EnqueueAsync("unheard-of", marker, new EnqueueOptions { Owner = TaskDesk.OwnerOf(user.UserId) }, Cancellation);
        await queue.EnqueueAsync("unheard-of", marker, new EnqueueOptions { Owner = TaskDesk.OwnerOf(user.UserId), Delay = TimeSpan.FromDays(1) }, Cancellation);
    }

    private async Task<TestApplication> StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        var app = await applications.StartNewAsync(_redis.ConnectionString, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = await StorageAsync(),
            ["Events__SessionCheckInterval"] = "00:00:00.5",
            ["Events__PresenceGrace"] = "00:00:01",
        }, configure);
        // Ids that mean nobody else: in other databases, in the storage that they share, in times.
        await app.QueryAsync<long>($"SELECT setval(pg_get_serial_sequence('users', 'id'), {Random.Shared.Next(300_000_000, 2_000_000_000)})");
        return app;
    }

    private async Task<string> StorageAsync() => (await tasks.GetAsync()).Services.GetRequiredService<IConfiguration>()["AzureWebJobsStorage"]!;

    private static async Task UploadAsync(ApiClient user)
    {
        using var bitmap = new SKBitmap(40, 30);
        var body = new ByteArrayContent(bitmap.Encode(SKEncodedImageFormat.Png, 90).ToArray());
        body.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        Assert.Equal("succeeded", (await user.EndOfAsync(await user.SendAsync(HttpMethod.Post, "images", body))).GetProperty("state").GetString());
    }

    private static Task<List<string>> FilesAsync(TestApplication app, string owner) =>
        Remains.InStorageAsync(app, new Regex($"^{owner}/", RegexOptions.CultureInvariant));

    private static async Task<int> CountAsync(ApiClient user, string list) => (await (await user.GetAsync(list)).JsonAsync()).GetProperty("items").GetArrayLength();

    private sealed class GatedStorage(string connectionString) : IBlobStorage
    {
        private int _refusals;

        public bool IsAway { get; set; }

        public int Refusals => _refusals;

        public bool IsRunning => true;

        public ValueTask<BlobServiceClient> GetClientAsync(CancellationToken cancellationToken)
        {
            var options = new BlobClientOptions();
            options.AddPolicy(new Refusal(this), Azure.Core.HttpPipelinePosition.PerCall);
            return new(new BlobServiceClient(connectionString, options));
        }

        private sealed class Refusal(GatedStorage storage) : Azure.Core.Pipeline.HttpPipelineSynchronousPolicy
        {
            public override void OnSendingRequest(Azure.Core.HttpMessage message)
            {
                if (storage.IsAway)
                {
                    Interlocked.Increment(ref storage._refusals);
                    throw new Azure.RequestFailedException(503, "Storage is away.");
                }
            }
        }
    }
}
