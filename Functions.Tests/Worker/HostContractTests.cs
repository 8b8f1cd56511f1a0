using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Functions.Tests.Servers;

namespace Functions.Tests.Worker;

/// <summary>What callers see, the same on every host.</summary>
public abstract class HostContractTests(IContractHost host) : IDisposable
{
    private const string Password = "a long enough passphrase";
    private static int _callers;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_alive()
    {
        using var answer = await SendAsync(HttpMethod.Get, "health/live");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "no-such-thing", 404)]
    [InlineData("GET", "users/abc", 404)]
    [InlineData("PATCH", "login", 405)]
    [InlineData("GET", "profile", 401)]
    [InlineData("GET", "products?limit=none", 400)]
    [InlineData("GET", "products/999999999", 404)]
    public async Task A_mistake_of_the_caller_is_a_problem(string method, string path, int status)
    {
        using var answer = await SendAsync(new HttpMethod(method), path);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(status == 405, answer.Content.Headers.Allow.Count > 0);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_body_that_is_no_object_is_refused(string body)
    {
        using var answer = await SendAsync(HttpMethod.Post, "register", content: new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        // Two bytes too many: what a host takes for a function that does not read it.
        using var answer = await SendAsync(HttpMethod.Post, "register", content: new StringContent($"\"{new string('x', 1024 * 1024)}\"", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Who_registers_and_logs_in_has_a_session_until_the_logout()
    {
        var (session, _) = await SignInAsync();

        using (var profile = await SendAsync(HttpMethod.Get, "profile", session))
        {
            Assert.Equal(HttpStatusCode.OK, profile.StatusCode);
            Assert.NotNull(profile.Headers.GetValues("X-Request-Id").Single());
        }

        using (var logout = await SendAsync(HttpMethod.Post, "logout", session))
        {
            Assert.True(logout.IsSuccessStatusCode);
        }

        using var after = await SendAsync(HttpMethod.Get, "profile", session);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Theory]
    [InlineData("https", true)]
    [InlineData("http", false)]
    public async Task A_cookie_is_Secure_where_the_callers_connection_is(string scheme, bool isSecure)
    {
        var email = await RegisterAsync();

        using var login = await SendAsync(
            HttpMethod.Post, "login", content: JsonContent.Create(new { email, password = Password }), headers: [("X-Forwarded-Proto", scheme)]);

        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        Assert.Equal(isSecure, login.Headers.GetValues("Set-Cookie").Single().Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Each_caller_has_a_limit_of_its_own()
    {
        var (one, other) = (Caller(), Caller());
        var credentials = new { email = $"{Unique.Name()}@example.com", password = "wrong" };
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 6; i++)
        {
            using var answer = await SendAsync(HttpMethod.Post, "login", content: JsonContent.Create(credentials), caller: one);
            statuses.Add(answer.StatusCode);
        }

        using var elsewhere = await SendAsync(HttpMethod.Post, "login", content: JsonContent.Create(new { email = $"{Unique.Name()}@example.com", password = "wrong" }), caller: other);

        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }

    [Fact]
    public async Task What_is_cached_is_the_same_and_can_be_asked_for_by_its_tag()
    {
        using var first = await SendAsync(HttpMethod.Get, "products/7");
        using var second = await SendAsync(HttpMethod.Get, "products/7");
        var tag = second.Headers.ETag!;

        using var unchanged = await SendAsync(HttpMethod.Get, "products/7", headers: [("If-None-Match", tag.ToString())]);
        using var head = await SendAsync(HttpMethod.Head, "products/7");

        Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await second.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("hit", second.Headers.GetValues("X-Cache").Single());
        Assert.Equal((HttpStatusCode.NotModified, tag), (unchanged.StatusCode, unchanged.Headers.ETag));
        Assert.Equal((HttpStatusCode.OK, second.Content.Headers.ContentLength), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Values_of_the_route_and_of_the_query_arrive_as_they_are()
    {
        using var products = await SendAsync(HttpMethod.Get, "products?limit=3");
        using var search = await SendAsync(HttpMethod.Get, "search?q=" + Uri.EscapeDataString("\"ü & 50% + #"));

        Assert.Equal(3, (await products.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("items").GetArrayLength());
        Assert.Equal(HttpStatusCode.OK, search.StatusCode);
    }

    [Fact]
    public async Task A_request_with_a_key_happens_once()
    {
        var (session, _) = await SignInAsync();
        var key = Guid.NewGuid().ToString();
        var post = () => SendAsync(HttpMethod.Post, "posts", session, JsonContent.Create(new { title = "once", body = "only" }), [("Idempotency-Key", key)]);

        using var first = await post();
        using var again = await post();

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await again.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(first.Headers.Location, again.Headers.Location);
    }

    [Fact]
    public async Task Events_arrive_while_the_stream_is_open()
    {
        var (session, userId) = await SignInAsync();
        using var stream = await OpenEventsAsync(session);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancellation));

        using var sent = await SendAsync(
            HttpMethod.Post, "messages", (await SignInAsync()).Session, JsonContent.Create(new { recipient_id = userId, content = "Grüße 👋" }));

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        Assert.Contains("Grüße 👋", await ReadDataAsync(reader, "new_message"), StringComparison.Ordinal);
    }

    /// <summary>An event stream of <paramref name="session"/>, as far as its headers.</summary>
    private async Task<HttpResponseMessage> OpenEventsAsync(string session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, "/api/events"));
        request.Headers.Add("X-Session-ID", session);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", Caller());
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    /// <summary>A session of a new user.</summary>
    private async Task<(string Session, int UserId)> SignInAsync()
    {
        var email = await RegisterAsync();
        using var login = await SendAsync(HttpMethod.Post, "login", content: JsonContent.Create(new { email, password = Password }));
        Assert.True(login.IsSuccessStatusCode, await login.Content.ReadAsStringAsync(Cancellation));
        var answer = await login.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        return (answer.GetProperty("session_id").GetString()!, answer.GetProperty("user").GetProperty("id").GetInt32());
    }

    private async Task<string> RegisterAsync()
    {
        var email = $"{Unique.Name()}@example.com";
        using var registered = await SendAsync(HttpMethod.Post, "register", content: JsonContent.Create(new { email, name = "Contract", password = Password }));
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync(Cancellation));
        return email;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? session = null, HttpContent? content = null, (string Name, string Value)[]? headers = null, string? caller = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(host.Address, $"/api/{path}")) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", caller ?? Caller());
        if (session is not null)
        {
            request.Headers.Add("X-Session-ID", session);
        }

        foreach (var (name, value) in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request, Cancellation);
    }

    // Somebody whom no limit has seen.
    private static string Caller()
    {
        var number = Interlocked.Increment(ref _callers);
        return FormattableString.Invariant($"10.{Random.Shared.Next(256)}.{number / 250 % 250}.{number % 250}");
    }

    private static async Task<string> ReadDataAsync(StreamReader reader, string type)
    {
        for (var name = ""; ;)
        {
            var line = await reader.ReadLineAsync(Cancellation) ?? throw new EndOfStreamException();
            if (line.StartsWith("event:", StringComparison.Ordinal))
            {
                name = line["event:".Length..].Trim();
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal) && name == type)
            {
                return line;
            }
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>On the local host, or on any that somebody has started.</summary>
public sealed class LocalHostContractTests(LocalContractHost host) : HostContractTests(host), IClassFixture<LocalContractHost>;

/// <summary>Through the built worker.</summary>
public sealed class WorkerContractTests : HostContractTests, IClassFixture<WorkerContractHost>
{
    public WorkerContractTests(WorkerContractHost host)
        : base(host) => WorkerBuild.Require();
}
