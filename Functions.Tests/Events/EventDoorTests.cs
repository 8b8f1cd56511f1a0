using System.Net;
using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Events;

/// <summary>What <c>POST /events</c> takes, what it refuses, and what becomes of events that nobody handles or can read.</summary>
public sealed class EventDoorTests(TestApplications applications) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private IRedisServer _redis = null!;
    private TestApplication _app = null!;
    private ApiClient _user = null!;
    private ApiClient _admin = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Redis of its own, which handles nobody else's events. What is tried again is tried for longer than the test lasts.
    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        _app = await applications.StartNewAsync(
            _redis.ConnectionString, new Dictionary<string, string?> { ["Events__MaximumAttempts"] = "50" });
        _user = await _app.CreateClient().AsNewUserAsync();
        _admin = await _app.CreateClient().AsAdminAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        _admin.Dispose();
        await _app.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_type_without_handler_is_streamed_and_done()
    {
        using var stream = await EventReader.OpenAsync(_user);

        using var published = await PublishAsync("""{"type": "maintenance", "data": {"at": "22:00"}}""");

        Assert.Equal(HttpStatusCode.Accepted, published.StatusCode);
        Assert.Equal("22:00", (await stream.NextAsync("maintenance")).Payload.GetProperty("at").GetString());
        await HandledAsync(EventNames.Broadcast);
        var health = await (await _admin.GetAsync("health")).JsonAsync();
        Assert.Equal("healthy", health.GetProperty("checks").GetProperty("events").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("\"text\"")]
    [InlineData("[1, null]")]
    [InlineData("{\"a\": null}")]
    [InlineData("{\"deep\": [[[[[[[[[[1]]]]]]]]]], \"emoji\": \"\\ud83d\\ude00\"}")]
    public async Task Any_json_arrives_as_it_was_sent(string data)
    {
        using var stream = await EventReader.OpenAsync(_user);

        using var published = await PublishAsync($$"""{"type": "anything", "data": {{data}}, "user_id": {{_user.UserId}}}""");

        Assert.Equal(HttpStatusCode.Accepted, published.StatusCode);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(data), (await stream.NextAsync("anything")).Payload));
        await HandledAsync(EventNames.User(_user.UserId));
    }

    [Theory]
    [InlineData("""{"type": "anything"}""", "data")]
    [InlineData("""{"type": "anything", "data": "\ud800"}""", "data")]
    [InlineData("""{"type": "Anything", "data": 1}""", "type")]
    [InlineData("""{"data": 1}""", "type")]
    [InlineData("""{"type": "new_message", "data": {"message_id": 1, "sender_id": 2, "preview": "To nobody"}}""", "user_id")]
    [InlineData("""{"type": "user_online", "data": null}""", "data")]
    [InlineData("""{"type": "new_message", "data": 7, "user_id": 1}""", "data")]
    [InlineData("""{"type": "new_message", "data": {}, "user_id": 1}""", "data.message_id", "data.sender_id", "data.preview")]
    [InlineData("""{"type": "new_message", "data": {"message_id": 1, "sender_id": 2}, "user_id": 1}""", "data.preview")]
    [InlineData("""{"type": "new_message", "data": {"message_id": "one", "sender_id": 2, "preview": "Hello"}, "user_id": 1}""", "data.message_id")]
    [InlineData("""{"type": "new_message", "data": {"message_id": 1, "sender_id": 2, "preview": null}, "user_id": 1}""", "data.preview")]
    [InlineData("""{"type": "product_updated", "data": {"product_id": 1, "changes": "price"}}""", "data.changes")]
    [InlineData("""{"type": "product_updated", "data": {"product_id": 1, "changes": ["price", 7]}}""", "data.changes[1]")]
    [InlineData("""{"type": "user_online", "data": {"user_id": 99999999999}}""", "data.user_id")]
    [InlineData("""{"type": "user_online", "data": ["user_id"]}""", "data")]
    public async Task What_a_handler_could_not_read_is_refused_and_named(string body, params string[] fields)
    {
        using var response = await PublishAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name);
        Assert.Equal(fields.Order(), errors.Order());
    }

    [Fact]
    public async Task Data_that_cannot_be_read_are_parked_at_once_and_hold_up_nothing()
    {
        var publisher = _app.Services.GetRequiredService<EventPublisher>();
        var channel = EventNames.User(_user.UserId);
        foreach (var data in new object?[] { null, "text", new { message_id = "one" }, new { message_id = 1, sender_id = 2, preview = (string?)null } })
            await publisher.PublishAsync(channel, "new_message", data, Token);

        foreach (var nobodys in new[] { EventNames.Broadcast, "user:all", "user:0" })
            await publisher.PublishAsync(nobodys, "new_message", new { message_id = 1, sender_id = 2, preview = "To nobody" }, Token);

        await publisher.PublishAsync(channel, "new_message", new { message_id = 1, sender_id = _user.UserId, preview = "Hello" }, Token);

        await TestPolling.EventuallyAsync(
            async () => (await (await _user.GetAsync("notifications")).JsonAsync()).GetProperty("items").GetArrayLength() == 1, Deadline, "the event that can be read");
        await TestPolling.EventuallyAsync(
            async () => await _app.Services.GetRequiredService<EventWorker>().CountParkedAsync(Token) == 7, Deadline, "all others to be parked");
    }

    [Theory]
    [InlineData("'user:1'", "'Bad Type'", "'{}'")]
    [InlineData("'no channel!'", "'some_type'", "'{}'")]
    [InlineData("''", "'some_type'", "'{}'")]
    [InlineData("'user:1'", "''", "'{}'")]
    [InlineData("'user:1'", "'some_type'", "'\"\\ud800\"'")]
    [InlineData("'user:1'", "'some_type'", "('\"' || repeat('x', 400000) || '\"')::json")]
    [InlineData("'user:1'", "'some_type'", "(repeat('[', 70) || repeat(']', 70))::json")]
    [InlineData("'user:1'", "'some_type'", "(repeat('[', 64) || repeat(']', 64))::json")]
    [InlineData("'user:1'", "'some_type'", "'{}'", "'short'")]
    [InlineData("'user:1'", "'some_type'", "'{}'", "repeat('é', 32)")]
    [InlineData("'user:1'", "'some_type'", "'{}'", "repeat('\"', 32)")]
    public async Task A_row_that_can_never_be_published_is_set_aside_and_holds_up_nothing(
        string channel, string type, string data, string id = "'0123456789abcdef0123456789abcdef'")
    {
        await _app.QueryAsync<long>(
            $"INSERT INTO outbox (event_id, channel, type, data, traceparent, created_at) VALUES ({id}, {channel}, {type}, {data}, 'no trace', now()) RETURNING id");
        using var other = await _app.CreateClient().AsNewUserAsync();

        using var sent = await other.PostAsync("messages", new { recipient_id = _user.UserId, content = "Hello" });

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        await TestPolling.EventuallyAsync(
            async () => await _app.QueryAsync<long>("SELECT count(*) FROM outbox WHERE relayed_at IS NULL OR relayed_at <= now()") == 0, Deadline, "the relay to be done");
        Assert.Equal(1, await _app.QueryAsync<long>($"SELECT count(*) FROM outbox WHERE event_id = {id} AND relayed_at > now()"));
        var health = await (await _admin.GetAsync("health")).JsonAsync();
        Assert.Equal("degraded", health.GetProperty("checks").GetProperty("events").GetProperty("status").GetString());
    }

    private Task<HttpResponseMessage> PublishAsync(string body) =>
        _admin.SendAsync(HttpMethod.Post, "events", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    // A channel is pending as long as an event on it is to be handled, or waits for a retry.
    private async Task HandledAsync(string channel)
    {
        var database = await _app.Services.GetRequiredService<RedisConnection>().GetDatabaseAsync(Token);
        var keys = new EventKeys(_app.Services.GetRequiredService<EventOptions>().KeyPrefix, channel);
        await TestPolling.EventuallyAsync(async () => await database.SortedSetScoreAsync(keys.Pending, channel) is null, Deadline, "the event to be done");
        Assert.Equal(0, await _app.Services.GetRequiredService<EventWorker>().CountParkedAsync(Token));
    }
}
