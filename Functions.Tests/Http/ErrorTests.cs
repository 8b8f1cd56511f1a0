using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

public sealed class ErrorTests(TestApplications applications)
{
    private const int OneMebibyte = 1024 * 1024;

    public static TheoryData<string> UnreadableBodies =>
    [
        "", "{", "nonsense", "null", "[]", "\"text\"", "5", "{\"email\": \"a@example.com\",}", "{email: 1}", "{\"email\": \"a\" \"b\"}",
        "{\"email\": \"\\ud800\", \"password\": \"x\"}",
        "{\"email\": \"a\\u0000b\", \"password\": \"x\"}",
        "{\"email\": {\"a\": 1}, \"password\": \"x\"}",
        "{\"email\": \"a@example.com\", \"email\": \"b@example.com\", \"password\": \"x\"}",
        "{\"a\": " + new string('[', 100) + new string(']', 100) + "}",
        new string('[', 100_000),
    ];

    [Theory, MemberData(nameof(UnreadableBodies))]
    public async Task A_body_that_cannot_be_read_is_a_bad_request(string body)
    {
        using var client = await ClientAsync();

        var response = await client.SendAsync(HttpMethod.Post, "login", new StringContent(body, null, "application/json"));

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.BadRequest), response);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_a_bad_request()
    {
        using var client = await ClientAsync();
        var content = new ByteArrayContent([.. "{\"email\": \""u8, 0xff, 0xc0, 0xaf, .. "\", \"password\": \"x\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        var response = await client.SendAsync(HttpMethod.Post, "login", content);

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.BadRequest), response);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    [InlineData("application/json; charset=banana")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_content_type_is_unsupported(string? contentType)
    {
        using var client = await ClientAsync();
        var content = new ByteArrayContent("{\"email\": \"a@example.com\", \"password\": \"x\"}"u8.ToArray());
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        var response = await client.SendAsync(HttpMethod.Post, "login", content);

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.UnsupportedMediaType), response);
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json;charset=\"utf-8\"")]
    [InlineData("Application/JSON")]
    public async Task JSON_in_UTF_8_is_supported_however_it_is_announced(string contentType)
    {
        using var client = await ClientAsync();
        var content = new ByteArrayContent("{\"email\": \"demo@example.com\", \"password\": \"demo-user-2026\"}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Post, "login", content)).StatusCode);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_body_over_one_mebibyte_is_too_large_announced_or_not(bool chunked, bool idempotent)
    {
        using var client = await ClientAsync();
        var json = JsonSerializer.Serialize(new { email = "a@example.com", name = "Ada", password = new string('x', OneMebibyte) });
        var request = new HttpRequestMessage(HttpMethod.Post, "register") { Content = new StringContent(json, null, "application/json") };
        request.Headers.TransferEncodingChunked = chunked;
        if (idempotent)
        {
            request.Headers.Add("Idempotency-Key", Unique.Name());
        }

        var response = await client.Http.SendAsync(request, TestContext.Current.CancellationToken);

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.RequestEntityTooLarge), response);
    }

    [Fact]
    public async Task A_body_of_one_mebibyte_is_read()
    {
        using var client = await ClientAsync();
        var json = JsonSerializer.Serialize(new { email = "a@example.com", password = "" });
        json = json.Replace("\"\"", $"\"{new string('x', OneMebibyte - json.Length)}\"", StringComparison.Ordinal);

        var response = await client.SendAsync(HttpMethod.Post, "login", new StringContent(json, null, "application/json"));

        await response.ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "nothing")]
    [InlineData("POST", "products/1/2/3")]
    [InlineData("GET", "users/abc")]
    [InlineData("GET", "users/1.5")]
    [InlineData("GET", "users/99999999999")]
    [InlineData("GET", "products/%2e%2e%2fusers")]
    [InlineData("DELETE", "users/0x1/posts")]
    public async Task An_unknown_path_is_not_found(string method, string path)
    {
        using var client = await ClientAsync();

        var response = await client.SendAsync(new HttpMethod(method), path, null);

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.NotFound), response);
        Assert.Null(response.Header("Allow"));
    }

    [Theory]
    [InlineData("GET", "login", "POST")]
    [InlineData("POST", "health", "GET, HEAD")]
    [InlineData("PATCH", "products/1", "DELETE, GET, HEAD, PUT")]
    [InlineData("DELETE", "products", "GET, HEAD, POST")]
    [InlineData("GET", "sessions/x", "DELETE")]
    [InlineData("OPTIONS", "users/1", "DELETE, GET, HEAD, PUT")]
    [InlineData("PURGE", "Users/1/Posts/", "GET, HEAD")]
    public async Task A_wrong_method_is_told_the_right_ones(string method, string path, string allowed)
    {
        using var client = await ClientAsync();

        var response = await client.SendAsync(new HttpMethod(method), path, null);

        await ShowsNothingInsideAsync(await response.ProblemAsync(HttpStatusCode.MethodNotAllowed), response);
        Assert.Equal(allowed, response.Header("Allow"));
    }

    [Fact]
    public async Task A_very_long_parameter_is_a_bad_request()
    {
        using var client = await ClientAsync();

        await (await client.GetAsync($"products?cursor={new string('x', 5000)}")).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_empty_parameter_is_wrong_whatever_is_cached_without_it()
    {
        using var client = await ClientAsync();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("products")).StatusCode);
        await (await client.GetAsync("products?limit=")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await client.GetAsync("products?cursor=")).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_request_that_conflicts_is_no_error_in_the_log()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app);
        using var client = beside.CreateClient();

        var response = await client.PostAsync("register", new { email = "demo@example.com", name = "Demo", password = ApiClient.Password });

        await response.ProblemAsync(HttpStatusCode.Conflict);
        Assert.DoesNotContain(beside.Log.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    private async Task<ApiClient> ClientAsync() => (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

    private static async Task ShowsNothingInsideAsync(JsonElement problem, HttpResponseMessage response)
    {
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.StartsWith("https://", problem.GetProperty("type").GetString());
        Assert.InRange(problem.GetProperty("error").GetString()!.Length, 1, 100);
        var text = await response.TextAsync();
        string[] inside = ["   at ", "Exception", "System.", "Functions.", "127.0.0.1", "localhost", "Host=", "LineNumber", "BytePosition"];
        Assert.DoesNotContain(inside, text.Contains);
        Assert.NotNull(response.Header("X-Request-ID"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
    }
}
