using System.Net;
using System.Text;
using System.Text.Json;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Http;

/// <summary>Requests that are repeated under their key when Redis does not know their answer, as it was lost or has never been given.</summary>
public sealed class CommittedRequestTests(TestApplications applications) : IAsyncLifetime
{
    private RedisProcess _redis = null!;
    private TestApplication _app = null!;
    private ApiClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisProcess.StartNewAsync();
        _app = await applications.StartNewAsync(_redis.ConnectionString);
        _admin = await _app.CreateClient().AsAdminAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _app.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData("messages", """{"recipient_id": 1, "content": "Hello"}""", "message_id")]
    [InlineData("posts", """{"title": "Hello", "body": "World"}""", "id")]
    [InlineData("products", """{"name": "Kettle", "price": 5, "category_id": 1}""", "id")]
    [InlineData("reports", """{"type": "sales", "date_range": {"from": "2026-01-01", "to": "2026-01-02"}}""", "task_id")]
    [InlineData("emails", """{"to": "ada@example.com", "subject": "Hello", "body": "World"}""", "task_id")]
    [InlineData("events", """{"type": "greeting", "data": 1}""", "event_id")]
    public async Task What_a_request_has_made_is_what_its_repetition_returns(string path, string body, string id)
    {
        var key = Unique.Name();
        var first = await SendAsync(path, body, key);
        await ForgetAnswersAsync();

        var second = await SendAsync(path, body, key);
        await ForgetAnswersAsync();
        var other = await SendAsync(path, body, Unique.Name());

        Assert.Equal(first.GetProperty(id).ToString(), second.GetProperty(id).ToString());
        Assert.NotEqual(first.GetProperty(id).ToString(), other.GetProperty(id).ToString());
    }

    [Fact]
    public async Task The_same_key_with_other_content_makes_something_else_once_the_answer_is_forgotten()
    {
        var key = Unique.Name();
        var first = await SendAsync("messages", """{"recipient_id": 1, "content": "Hello"}""", key);
        await ForgetAnswersAsync();

        var second = await SendAsync("messages", """{"recipient_id": 1, "content": "Hello again"}""", key);

        Assert.NotEqual(first.GetProperty("message_id").GetInt64(), second.GetProperty("message_id").GetInt64());
        Assert.Equal(2, await _app.QueryAsync<long>("SELECT count(*) FROM messages"));
    }

    [Theory]
    [InlineData("messages", """{"recipient_id": 1, "content": "Hello"}""", "message_id")]
    [InlineData("posts", """{"title": "Hello", "body": "A body that makes the answer longer than what is kept of a function that can make its answer anew, which is 128 bytes."}""", "id")]
    [InlineData("reports", """{"type": "sales", "date_range": {"from": "2026-01-01", "to": "2026-01-02"}}""", "task_id")]
    [InlineData("events", """{"type": "greeting", "data": 1}""", "event_id")]
    public async Task A_request_is_recognized_across_the_replacement_of_the_secret_key(string path, string body, string id)
    {
        const string NewKey = "another secret key of more than 32 bytes, for tests";
        await using var replaced = await TestApplications.StartBesideAsync(_app, new Dictionary<string, string?>
        {
            ["SECRET_KEY"] = NewKey,
            ["Sessions__PreviousSecretKeys__0"] = "a secret key of more than 32 bytes, for tests",
        });
        await using var later = await TestApplications.StartBesideAsync(_app, new Dictionary<string, string?> { ["SECRET_KEY"] = NewKey });
        using var there = replaced.CreateClient();
        using var afterwards = later.CreateClient();
        there.Session = afterwards.Session = _admin.Session;
        var (before, during) = (Unique.Name(), Unique.Name());

        var first = await SendAsync(path, body, before);
        var answered = await SendAsync(path, body, before, there);
        var refused = await there.SendAsync(HttpMethod.Post, path, new StringContent(body + " ", Encoding.UTF8, "application/json"), ("Idempotency-Key", before));
        await ForgetAnswersAsync();
        var remembered = await SendAsync(path, body, before, there);

        Assert.Equal(first.GetRawText(), answered.GetRawText());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(first.GetProperty(id).ToString(), remembered.GetProperty(id).ToString());

        // And when the old key is gone.
        var second = await SendAsync(path, body, during, there);
        Assert.Equal(second.GetRawText(), (await SendAsync(path, body, during, afterwards)).GetRawText());
        if (id is "id" or "message_id")
        {
            await ForgetAnswersAsync();
            Assert.Equal(second.GetProperty(id).ToString(), (await SendAsync(path, body, during, afterwards)).GetProperty(id).ToString());
        }
    }

    [Fact]
    public async Task Requests_are_forgotten_after_their_keys()
    {
        await SendAsync("messages", """{"recipient_id": 1, "content": "Hello"}""", Unique.Name());
        await SendAsync("messages", """{"recipient_id": 1, "content": "Hello"}""", Unique.Name());
        Assert.Equal(1, await _app.QueryAsync<int>(
            "WITH old AS (UPDATE committed_requests SET created_at = now() - interval '26 hours' WHERE result_id = 1 RETURNING 1) SELECT count(*)::int FROM old"));

        await new CommittedRequestFunctions(_app.Services.GetRequiredService<IDbContextFactory<AppDbContext>>(), TimeProvider.System)
            .DeleteOldAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        Assert.Equal(2, await _app.QueryAsync<long>("SELECT result_id FROM committed_requests"));
    }

    private async Task<JsonElement> SendAsync(string path, string body, string key, ApiClient? client = null)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await (client ?? _admin).SendAsync(HttpMethod.Post, path, content, ("Idempotency-Key", key));
        Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted, await response.TextAsync());
        return await response.JsonAsync();
    }

    private async Task ForgetAnswersAsync()
    {
        var keys = ((object?[])(await _redis.CallAsync("KEYS", "idempotency:*"))!).Cast<string>();
        await _redis.CallAsync(["DEL", .. keys]);
    }
}
