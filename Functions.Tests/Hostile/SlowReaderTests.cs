using System.Net.Sockets;
using System.Text;
using Functions.Http;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Hostile;

/// <summary>Clients that ask for large answers and do not take them.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class SlowReaderTests(TestApplications applications)
{
    private const int Readers = 95;
    private const int RequestsEach = 10; // More than the buffers of the operating system hold for a connection.
    private const int MaximumUnsentBytes = 8 * 1024 * 1024;
    private const int Left = 10; // Answers of nearly a mebibyte that fit, and who is being cut.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_who_do_not_read_make_the_process_hold_no_more_than_the_setting_says()
    {
        await using var app = await TestApplications.StartBesideAsync(await applications.GetAsync(RedisKind.Garnet), new Dictionary<string, string?>
        {
            ["RateLimits__users__Limit"] = "1000000",
            ["Http__MaximumUnsentBytes"] = $"{MaximumUnsentBytes}",
        });
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.QueryAsync<long>(
            $"""
            WITH posts AS (
                INSERT INTO posts (user_id, title, body, created_at)
                SELECT {user.UserId}, 'Title', repeat(chr(1), 20000), now() FROM generate_series(1, 100) RETURNING 1),
            messages AS (
                INSERT INTO messages (sender_id, recipient_id, content, created_at)
                SELECT {user.UserId}, {user.UserId}, repeat('x', 100000), now() FROM generate_series(1, 30) RETURNING 1)
            SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM messages)
            """);
        string[] paths = [$"users/{user.UserId}/posts?limit=100", "messages?limit=100"]; // One may be cached, the other is not.
        await Task.WhenAll(paths.Select(ReadAsync)); // All types are loaded, pools are filled.

        var unsent = app.Services.GetRequiredService<UnsentAnswers>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var readers = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Readers; i++)
            {
                readers.Add(await AskAsync(app.Address, paths[i % paths.Length]));
                Assert.InRange(unsent.Bytes, 0, MaximumUnsentBytes);
            }

            await TestPolling.EventuallyAsync(() => Task.FromResult(readers.Count(IsOpen) <= Left), Deadline, "those who do not read to be cut");
            var held = 0L;
            await TestPolling.EventuallyAsync(
                () => Task.FromResult((held = GC.GetTotalMemory(forceFullCollection: true) - before) < 3 * MaximumUnsentBytes), Deadline, "the memory to be free again");
            TestContext.Current.TestOutputHelper!.WriteLine($"{readers.Count(IsOpen)} connections are open; the process holds {held:N0} bytes more, {unsent.Bytes:N0} counted.");
            Assert.InRange(readers.Count(IsOpen), 1, Left); // The last ones are let be.
            await Task.WhenAll(paths.Select(ReadAsync));
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }

        await TestPolling.EventuallyAsync(() => Task.FromResult(unsent.Bytes == 0), Deadline, "nothing to be held");

        async Task ReadAsync(string path)
        {
            using var whole = await user.GetAsync(path);
            Assert.InRange((await whole.Content.ReadAsByteArrayAsync(Cancellation)).Length, 900_000, 1024 * 1024);
        }

        async Task<TcpClient> AskAsync(Uri address, string path)
        {
            var reader = new TcpClient { ReceiveBufferSize = 4096 };
            await reader.ConnectAsync(address.Host, address.Port, Cancellation);
            var request = $"GET /api/{path} HTTP/1.1\r\nHost: localhost\r\nX-Session-ID: {user.Session}\r\nX-Forwarded-For: {user.Address}\r\n\r\n";
            await reader.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(request, RequestsEach))), Cancellation);
            var first = new byte[12];
            await reader.GetStream().ReadExactlyAsync(first, Cancellation); // It has begun to answer.
            Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(first));
            return reader;
        }
    }

    // What has arrived is not read: a connection that was cut is reset.
    private static bool IsOpen(TcpClient reader)
    {
        try
        {
            reader.Client.Send("\r\n"u8);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
