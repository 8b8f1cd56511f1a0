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

    private async Task<JsonElement> SendAsync(string path, string body, string key)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _admin.SendAsync(HttpMethod.Post, path, content, ("Idempotency-Key", key));
        Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted, await response.TextAsync());
        return await response.JsonAsync();
    }

    private async Task ForgetAnswersAsync()
    {
        var keys = ((object?[])(await _redis.CallAsync("KEYS", "idempotency:*"))!).Cast<string>();
        await _redis.CallAsync(["DEL", .. keys]);
    }
}
