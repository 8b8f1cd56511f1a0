using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Hostile;

/// <summary>Clients that send so slowly that a request would never end.</summary>
public sealed class SlowClientTests(TestApplications applications)
{
    private const int SlowClients = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_that_trickles_is_refused_after_seconds_and_nobody_else_waits()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var neighbour = await app.CreateClient().AsNewUserAsync();
        string[] targets = ["POST /api/posts", "POST /api/messages", "POST /api/images", "PUT /api/products/1"];
        using var ended = new CancellationTokenSource();

        var slow = Enumerable.Range(0, SlowClients)
            .Select(i => TrickleAsync(app.Address, $"{targets[i % targets.Length]} HTTP/1.1\r\nX-Session-ID: {neighbour.Session}\r\nIdempotency-Key: {Unique.Name()}"))
            .ToList();
        var neighbours = BrowseUntilAsync(neighbour, ended.Token);
        var answers = await Task.WhenAll(slow);
        await ended.CancelAsync();

        Assert.All(answers, answer => Assert.Matches("^(HTTP/1.1 (408|400|403|415) .*)?$", answer));
        Assert.InRange(await neighbours, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        using var alive = await neighbour.PostAsync("posts", new { title = "after", body = "all that" });
        Assert.True(alive.IsSuccessStatusCode);
    }

    // Returns the status line, or nothing if the connection was closed without one.
    private static async Task<string> TrickleAsync(Uri address, string request)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request}\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{\"a\":\""), Cancellation);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = reader.ReadLineAsync(Cancellation).AsTask();
        var elapsed = Stopwatch.StartNew();
        try
        {
            while (!answer.IsCompleted)
            {
                Assert.True(elapsed.Elapsed < Patience, $"Still waiting for the body of {request[..20]}…");
                await stream.WriteAsync("x"u8.ToArray(), Cancellation);
                await Task.WhenAny(answer, Task.Delay(100, Cancellation));
            }

            return await answer ?? "";
        }
        catch (IOException)
        {
            return ""; // Reset.
        }
    }

    private static async Task<TimeSpan> BrowseUntilAsync(ApiClient client, CancellationToken end)
    {
        var longest = TimeSpan.Zero;
        while (!end.IsCancellationRequested)
        {
            var elapsed = Stopwatch.StartNew();
            using var response = await client.GetAsync("profile");
            Assert.True(response.IsSuccessStatusCode);
            longest = elapsed.Elapsed > longest ? elapsed.Elapsed : longest;
            await Task.Delay(20, Cancellation);
        }

        return longest;
    }
}
