using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Functions.Tests.Application;
using Functions.Tests.OpenApi;
using Functions.Tests.Servers;

namespace Functions.Tests.Hostile;

/// <summary>Whatever a client sends: no server error, no hang, no leak, nothing that belongs to somebody else.</summary>
/// <remarks><c>HOSTILE_SEED</c> repeats a run, <c>HOSTILE_REQUESTS</c> sets how long it is.</remarks>
public sealed class HostileInputTests(TestApplications applications)
{
    private const int Clients = 8;
    private const string HeapLimit = "0x10000000"; // 256 MiB: what grows without end ends the process.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Nothing_that_clients_send_breaks_the_application()
    {
        var seed = Setting("HOSTILE_SEED", Random.Shared.Next());
        var requests = Setting("HOSTILE_REQUESTS", 20_000);
        TestContext.Current.TestOutputHelper!.WriteLine($"HOSTILE_SEED={seed}");
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var beside = await applications.StartNewAsync(redis.ConnectionString);
        await using var host = await LocalHostProcess.StartAsync(new Dictionary<string, string>(
            LocalHostProcess.SettingsOf(redis.ConnectionString, beside.Postgres))
        { ["DOTNET_GCHeapHardLimit"] = HeapLimit });
        using var victim = await new ApiClient(host.Address).AsNewUserAsync();
        using var attacker = await new ApiClient(host.Address).AsNewUserAsync();
        using var other = await new ApiClient(host.Address).AsNewUserAsync();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => SendAsync(
            host.Address,
            new HostileRequests(DocumentedApi.Instance, [attacker.Session!, other.Session!], new Random(seed + i)),
            requests / Clients,
            secrets: [victim.Email, victim.Session!]))));

        using var profile = await victim.GetAsync("profile");
        Assert.True(profile.IsSuccessStatusCode, "Somebody else's session has been closed, or the process has run out of memory.");
        Assert.Equal(victim.Email, (await profile.JsonAsync()).GetProperty("email").GetString());
        Assert.DoesNotContain(await host.ReadLogAsync(), line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET  /api/health\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("GET /api/%zz%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/health HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n")]
    public async Task A_request_that_is_no_HTTP_is_refused_and_others_are_served(string request)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        var answer = await ExchangeAsync(app.Address, request);

        Assert.DoesNotContain("HTTP/1.1 5", answer, StringComparison.Ordinal);
        using var client = app.CreateClient();
        using var alive = await client.GetAsync("health/live");
        Assert.True(alive.IsSuccessStatusCode);
    }

    private static async Task SendAsync(Uri address, HostileRequests generator, int requests, string[] secrets)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Longest };
        for (var sent = 0; sent < requests; sent++)
        {
            using var request = generator.Next();
            await CheckAsync(http, request, secrets);
        }
    }

    private static async Task CheckAsync(HttpClient http, HttpRequestMessage request, string[] secrets)
    {
        var elapsed = Stopwatch.StartNew();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                return; // It goes on; closing it is what a client does.
            }

            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)response.StatusCode < 500, $"{(int)response.StatusCode} for {Describe(request)}: {body}");
            Assert.False(response.Headers.Contains("X-Injected") || response.Headers.Contains("Server"));
            Assert.DoesNotContain(secrets, secret => body.Contains(secret, StringComparison.OrdinalIgnoreCase));
            if ((int)response.StatusCode >= 400 && body.Length > 0)
            {
                Assert.False(
                    string.IsNullOrEmpty(JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()), $"No error for {Describe(request)}: {body}");
                Assert.DoesNotMatch(@"\n\s+at |Npgsql|StackExchange|127\.0\.0\.1|Exception", body);
            }
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException or SocketException or null && elapsed.Elapsed < Longest)
        {
            // The server may close the connection on what is no HTTP any more.
        }
        catch (Exception exception) when (exception is TaskCanceledException or JsonException or KeyNotFoundException)
        {
            Assert.Fail($"{exception.GetType().Name} after {elapsed.ElapsedMilliseconds} ms for {Describe(request)}: {exception.Message}");
        }
    }

    private static string Describe(HttpRequestMessage request)
    {
        var text = $"{request.Method} {request.RequestUri} {string.Join("; ", request.Headers.Select(header => $"{header.Key}: {string.Join(',', header.Value)}"))} {request.Content?.Headers.ContentType} "
            + $"{(request.Content is null ? "" : Encoding.UTF8.GetString(request.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult()))}";
        return text.Length > 1_500 ? text[..1_500] : text;
    }

    private static async Task<string> ExchangeAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Longest);
        }
        catch (IOException)
        {
            return ""; // Reset: refused without a word.
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
