using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Functions.Data;
using Functions.Tests.OpenApi;

namespace Functions.Tests.Application;

/// <summary>One client of the API, at an address of its own.</summary>
public sealed class ApiClient : IDisposable
{
    public const string Password = "correct horse battery";

    // Anywhere in 10.0.0.0/8: a server that outlives the run still counts the addresses of the last one.
    private static int _addresses = Random.Shared.Next(1 << 24);

    public ApiClient(Uri address)
    {
        Answers = new DocumentedAnswers(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        Http = new HttpClient(Answers)
        {
            BaseAddress = new Uri(address, "api/"),
        };
        var number = Interlocked.Increment(ref _addresses);
        Address = $"10.{number / 65536 % 256}.{number / 256 % 256}.{number % 256}";
        Http.DefaultRequestHeaders.Add("X-Forwarded-For", Address);
        Http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("test-client", "1.0"));
    }

    public HttpClient Http { get; }

    /// <summary>What it was answered; an answer that the OpenAPI document does not know fails the test.</summary>
    internal DocumentedAnswers Answers { get; }

    public string Address { get; }

    /// <summary>The user who has signed in.</summary>
    public int UserId { get; private set; }

    public string Email { get; private set; } = "";

    /// <summary>The token of the session; setting it signs in as whoever owns it, null signs out.</summary>
    public string? Session
    {
        get => Http.DefaultRequestHeaders.TryGetValues("X-Session-ID", out var values) ? values.Single() : null;
        set
        {
            Http.DefaultRequestHeaders.Remove("X-Session-ID");
            if (value is not null)
            {
                Http.DefaultRequestHeaders.Add("X-Session-ID", value);
            }
        }
    }

    /// <summary>Registers a new user and signs in.</summary>
    public async Task<ApiClient> AsNewUserAsync()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        using var registered = await PostAsync("register", new { email, name = "Test User", password = Password });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        return await AsAsync(email, Password);
    }

    /// <summary>Signs in as the administrator of the demo data.</summary>
    public Task<ApiClient> AsAdminAsync() => AsAsync(DemoData.AdminEmail, DemoData.AdminPassword);

    /// <summary>Signs in.</summary>
    public async Task<ApiClient> AsAsync(string email, string password)
    {
        using var response = await PostAsync("login", new { email, password });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await response.JsonAsync();
        Session = answer.GetProperty("session_id").GetString();
        UserId = answer.GetProperty("user").GetProperty("id").GetInt32();
        Email = email;
        return this;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> DeleteAsync(string path) => Http.DeleteAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, object? body = null) =>
        Http.PostAsync(path, body is null ? null : JsonContent.Create(body), TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PutAsync(string path, object body) =>
        Http.PutAsync(path, JsonContent.Create(body), TestContext.Current.CancellationToken);

    /// <summary>Sends a request with further headers.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, params IEnumerable<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Http.Dispose();
}

/// <summary>Reads answers.</summary>
public static class HttpResponseExtensions
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public static Task<string> TextAsync(this HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    /// <summary>The single value of a header, or null.</summary>
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    /// <summary>Asserts that the answer is a problem with this status and sentence; returns it.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string? error = null)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync();
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        if (error is not null)
        {
            Assert.Equal(error, problem.GetProperty("error").GetString());
        }

        return problem;
    }
}
