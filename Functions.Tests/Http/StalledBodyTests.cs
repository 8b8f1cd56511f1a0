using System.Net.Sockets;
using System.Text;
using Azure.Storage.Blobs;
using Functions.Images;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Images;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Functions.Tests.Http;

/// <summary>Clients that announce a body, send half of it, and then nothing, or go away.</summary>
public sealed class StalledBodyTests(TaskApplication tasks)
{
    private const int Announced = 200_000;
    private const int Sent = 100_000; // More than is buffered in memory.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("posts", "application/json", false), InlineData("posts", "application/json", true)]
    [InlineData("images", "image/png", false), InlineData("images", "image/png", true)]
    public async Task A_body_that_stalls_is_answered_408_and_leaves_nothing(string path, string type, bool isIdempotent)
    {
        var first = await tasks.GetAsync();
        await using var app = await TestApplications.StartBesideAsync(first, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = StorageOf(first),
            ["Http__BodyTimeout"] = "00:00:01",
        });
        using var user = await app.CreateClient().AsNewUserAsync();
        var left = new LeftBehind(app);

        using var client = await StallAsync(app, user, path, type, isIdempotent);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(Cancellation).WaitAsync(Patience, Cancellation); // To the end: the connection is closed.

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        await left.AssertNothingAsync();
        Assert.Empty((await (await user.GetAsync("tasks")).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_client_that_goes_away_leaves_nothing(bool isIdempotent)
    {
        var first = await tasks.GetAsync();
        await using var app = await TestApplications.StartBesideAsync(first, new Dictionary<string, string?> { ["AzureWebJobsStorage"] = StorageOf(first) });
        using var user = await app.CreateClient().AsNewUserAsync();
        var left = new LeftBehind(app);

        using (var client = await StallAsync(app, user, "images", "image/png", isIdempotent))
        {
            await left.SeenAsync(isIdempotent);
            client.LingerState = new LingerOption(enable: true, seconds: 0); // A reset.
        }

        await left.AssertNothingAsync();
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Level >= LogLevel.Error);
        Assert.Empty((await (await user.GetAsync("tasks")).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    private static string? StorageOf(TestApplication app) => app.Services.GetRequiredService<IConfiguration>()["AzureWebJobsStorage"];

    private static async Task<TcpClient> StallAsync(TestApplication app, ApiClient user, string path, string type, bool isIdempotent)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(app.Address.Host, app.Address.Port, Cancellation);
        var key = isIdempotent ? $"Idempotency-Key: {Unique.Name()}\r\n" : "";
        byte[] start = path == "images" ? PngFile.Signature : Encoding.ASCII.GetBytes("{\"title\": \"");
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes(
                $"POST /api/{path} HTTP/1.1\r\nHost: localhost\r\nX-Session-ID: {user.Session}\r\nX-Forwarded-For: {user.Address}\r\n{key}Content-Type: {type}\r\nContent-Length: {Announced}\r\n\r\n"),
            .. start,
            .. Enumerable.Repeat((byte)'x', Sent),
        ];
        await client.GetStream().WriteAsync(request, Cancellation);
        return client;
    }

    /// <summary>The temporary files and uploads that requests leave; those of tests that run beside go as well, or get their tasks.</summary>
    private sealed class LeftBehind(TestApplication app)
    {
        private readonly HashSet<string> _before = [.. TemporaryFiles()];
        private readonly BlobContainerClient _container = new(StorageOf(app), "tasks");

        public Task SeenAsync(bool isBuffered) => TestPolling.EventuallyAsync(
            async () => isBuffered ? NewFiles().Any() : await HasUploadsWithoutTaskAsync(), Patience, "what the request writes");

        public async Task AssertNothingAsync()
        {
            var files = NewFiles().ToList();
            await TestPolling.EventuallyAsync(
                async () => !files.Any(File.Exists) && !await HasUploadsWithoutTaskAsync(), Patience, "the end of what the request wrote");
        }

        private static string[] TemporaryFiles() => Directory.GetFiles(Path.GetTempPath(), "ASPNETCORE_*.tmp");

        private IEnumerable<string> NewFiles() => TemporaryFiles().Where(file => !_before.Contains(file));

        private async Task<bool> HasUploadsWithoutTaskAsync()
        {
            var queue = app.Services.GetRequiredService<TaskQueue>();
            if (await _container.ExistsAsync(Cancellation))
            {
                await foreach (var blob in _container.GetBlobsAsync(cancellationToken: Cancellation))
                {
                    if (blob.Name.Split('/') is [.., var id, ImageHandler.Original] && await queue.FindAsync(id, Cancellation) is null)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }
}
