using System.Net;
using System.Net.Sockets;
using System.Text;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>HEAD is GET without the body (RFC 9110, section 9.3.2).</summary>
public sealed class HeadTests(TestApplications applications)
{
    // Of the request, not of the answer.
    private static readonly string[] OfTheRequest = ["Date", "X-Request-ID", "Server-Timing", "RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Transfer-Encoding", "X-Cache"];

    [Theory]
    [InlineData("health/live")]
    [InlineData("products")]
    [InlineData("products/1")]
    [InlineData("products?limit=x")]
    [InlineData("products/999999999")]
    [InlineData("users/1")]
    [InlineData("users/1/posts")]
    [InlineData("search?q=oak")]
    [InlineData("search")]
    [InlineData("profile")]
    [InlineData("nothing/here")]
    [InlineData("login")]
    [InlineData("products/1", "*")]
    public async Task The_headers_are_those_of_GET_and_there_is_no_body(string path, string? ifNoneMatch = null)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();

        using var get = await SendAsync(HttpMethod.Get);
        using var head = await SendAsync(HttpMethod.Head);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(HeadersOf(get), HeadersOf(head));
        var raw = await ExchangeAsync(app.Address, $"HEAD /api/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 ", raw, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", raw, StringComparison.Ordinal);
        Assert.Equal(raw.Length - 4, raw.IndexOf("\r\n\r\n", StringComparison.Ordinal));

        Task<HttpResponseMessage> SendAsync(HttpMethod method) =>
            client.SendAsync(method, path, null, ifNoneMatch is null ? [] : [("If-None-Match", ifNoneMatch)]);
    }

    [Fact]
    public async Task A_cached_answer_tells_its_length_its_validator_and_where_it_comes_from()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        // About a user whom no other test changes.
        using var owner = await app.CreateClient().AsNewUserAsync();
        var path = $"users/{owner.UserId}";
        using var head = await client.SendAsync(HttpMethod.Head, path, null);
        using var get = await client.GetAsync(path);
        using var unchanged = await client.SendAsync(HttpMethod.Head, path, null, ("If-None-Match", head.Header("ETag")!));

        Assert.Equal(("miss", "hit", "hit"), (head.Header("X-Cache"), get.Header("X-Cache"), unchanged.Header("X-Cache")));
        Assert.Equal((await get.TextAsync()).Length, head.Content.Headers.ContentLength);
        Assert.Equal(get.Header("ETag"), head.Header("ETag"));
        Assert.Equal((HttpStatusCode.NotModified, get.Header("ETag")), (unchanged.StatusCode, unchanged.Header("ETag")));
    }

    [Fact]
    public async Task It_counts_as_GET_does()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        using var first = await client.SendAsync(HttpMethod.Head, "search?q=oak", null);
        using var second = await client.GetAsync("search?q=oak");
        using var third = await client.SendAsync(HttpMethod.Head, "search?q=oak", null);

        Assert.Equal(["29", "28", "27"], new[] { first, second, third }.Select(response => response.Header("X-RateLimit-Remaining")));
    }

    [Fact]
    public async Task Of_an_event_stream_there_are_headers_and_no_stream()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();

        var raw = await ExchangeAsync(app.Address, $"HEAD /api/events HTTP/1.1\r\nHost: localhost\r\nX-Session-ID: {user.Session}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", raw, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/event-stream\r\n", raw, StringComparison.Ordinal);
        Assert.Contains("Cache-Control: no-store\r\n", raw, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", raw, StringComparison.Ordinal);
        var online = (await (await other.GetAsync("presence")).JsonAsync()).GetProperty("online");
        Assert.DoesNotContain(online.EnumerateArray(), one => one.GetProperty("user_id").GetInt32() == user.UserId);
    }

    [Fact]
    public async Task The_root_of_the_host_knows_it_too()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = new HttpClient { BaseAddress = app.Address };

        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string[] HeadersOf(HttpResponseMessage response) =>
    [
        .. response.Headers.Concat(response.Content.Headers)
            .Where(header => !OfTheRequest.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(StringComparer.Ordinal),
    ];

    // Everything that the server sends until it closes the connection.
    private static async Task<string> ExchangeAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20));
    }
}
