using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Functions.Redis.Events;
using Functions.Tests.Application;
using Functions.Tests.Events;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Messages;

public sealed class MessageTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Sender_and_recipient_list_their_messages_the_newest_first_page_by_page()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var sender = await app.CreateClient().AsNewUserAsync();
        using var recipient = await app.CreateClient().AsNewUserAsync();
        using var stranger = await app.CreateClient().AsNewUserAsync();
        for (var i = 0; i < 5; i++)
        {
            using var sent = await sender.PostAsync("messages", new { recipient_id = recipient.UserId, content = $"Message {i}" });
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        }

        foreach (var client in new[] { sender, recipient })
        {
            var first = await (await client.GetAsync("messages?limit=3")).JsonAsync();
            var second = await (await client.GetAsync($"messages?limit=3&cursor={first.GetProperty("next_cursor").GetString()}")).JsonAsync();

            Assert.Equal(
                ["Message 4", "Message 3", "Message 2", "Message 1", "Message 0"],
                Items(first).Concat(Items(second)).Select(item => item.GetProperty("content").GetString()));
            Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);
            Assert.Equal(["id", "sender_id", "recipient_id", "content", "created_at"], Items(first)[0].EnumerateObject().Select(property => property.Name));
        }

        Assert.Empty(Items(await (await stranger.GetAsync("messages")).JsonAsync()));
    }

    [Theory]
    [InlineData("{}", "recipient_id"), InlineData("{\"recipient_id\":0,\"content\":\"x\"}", "recipient_id")]
    [InlineData("{\"recipient_id\":1,\"content\":\"\"}", "content"), InlineData("{\"recipient_id\":2147483647,\"content\":\"x\"}", "recipient_id")]
    public async Task A_message_that_is_none_is_refused(string body, string field)
    {
        using var sender = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsNewUserAsync();

        using var response = await sender.SendAsync(HttpMethod.Post, "messages", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.True((await response.ProblemAsync(HttpStatusCode.BadRequest)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task The_same_key_sends_one_message()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var sender = await app.CreateClient().AsNewUserAsync();
        var body = new { recipient_id = sender.UserId, content = "To myself" };

        using var first = await sender.SendAsync(HttpMethod.Post, "messages", JsonContent.Create(body), ("Idempotency-Key", "one"));
        using var second = await sender.SendAsync(HttpMethod.Post, "messages", JsonContent.Create(body), ("Idempotency-Key", "one"));

        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM messages WHERE sender_id = {sender.UserId}"));
    }

    [Fact]
    public async Task Notifications_are_the_users_own_and_can_be_read()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var sent = await other.PostAsync("messages", new { recipient_id = user.UserId, content = "Hello" });
        await TestPolling.EventuallyAsync(async () => Items(await (await user.GetAsync("notifications")).JsonAsync()).Count == 1, Deadline, "the notification");
        var notification = Items(await (await user.GetAsync("notifications")).JsonAsync())[0];
        Assert.Equal("new_message", notification.GetProperty("type").GetString());
        Assert.Equal("Hello", notification.GetProperty("data").GetProperty("preview").GetString());
        Assert.False(notification.GetProperty("read").GetBoolean());
        var path = $"notifications/{notification.GetProperty("id").GetInt64()}/read";

        await (await other.PostAsync(path)).ProblemAsync(HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.NoContent, (await user.PostAsync(path)).StatusCode);

        Assert.True(Items(await (await user.GetAsync("notifications")).JsonAsync())[0].GetProperty("read").GetBoolean());
        Assert.Empty(Items(await (await other.GetAsync("notifications")).JsonAsync()));
    }

    [Fact]
    public async Task A_message_that_is_sent_while_Redis_is_down_is_stored_and_told_later()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        var messages = app.Services.GetRequiredService<Functions.Messages.MessageBox>();
        await redis.StopAsync();

        Assert.NotNull(await messages.SendAsync(user.UserId, user.UserId, "Stored", TestContext.Current.CancellationToken));
        await redis.StartAsync();

        await TestPolling.EventuallyAsync(
            async () => await app.QueryAsync<long>($"SELECT count(*) FROM notifications WHERE user_id = {user.UserId}") == 1, Deadline, "the notification");
    }

    [Fact]
    public async Task What_Redis_has_lost_is_published_again_and_handled_once_in_order()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString, new Dictionary<string, string?> { ["Outbox__ConfirmAfter"] = "00:00:02" });
        using var user = await app.CreateClient().AsNewUserAsync();
        var messages = app.Services.GetRequiredService<Functions.Messages.MessageBox>();

        for (var i = 0; i < 60; i++)
        {
            await messages.SendAsync(user.UserId, user.UserId, $"Message {i}", TestContext.Current.CancellationToken);
            if (i % 20 == 10)
            {
                await redis.CallAsync("FLUSHALL");
            }
        }

        await TestPolling.EventuallyAsync(
            async () => await app.QueryAsync<long>("SELECT count(*) FROM outbox") == 0, Deadline, "the outbox to be empty");
        Assert.Equal(60, await app.QueryAsync<long>($"SELECT count(*) FROM notifications WHERE user_id = {user.UserId}"));
        Assert.Equal(
            string.Join(',', Enumerable.Range(0, 60).Select(i => $"Message {i}")),
            await app.QueryAsync<string>($"SELECT string_agg(data->>'preview', ',' ORDER BY id) FROM notifications WHERE user_id = {user.UserId}"));
    }

    [Fact]
    public async Task A_change_of_a_product_is_published_with_the_fields_that_it_names()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var reader = await EventReader.OpenAsync(admin);

        using var changed = await admin.PutAsync("products/7", new { price = 12.5, name = "Renamed" });

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        StreamEvent update;
        do
        {
            update = await reader.NextAsync("product_updated");
        }
        while (update.Payload.GetProperty("product_id").GetInt32() != 7);

        Assert.Equal(["name", "price"], update.Payload.GetProperty("changes").EnumerateArray().Select(change => change.GetString()));
    }

    [Fact]
    public async Task An_event_that_says_that_a_product_has_changed_reaches_the_caches_of_all_instances_however_fresh_it_is()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var elsewhere = beside.CreateClient();
        elsewhere.Session = admin.Session;
        await NameAsync(admin);
        await NameAsync(elsewhere);
        await app.QueryAsync<int>("UPDATE products SET name = 'Changed in passing' WHERE id = 9 RETURNING id");

        using var published = await admin.PostAsync("events", new { type = "product_updated", data = new { product_id = 9, changes = new[] { "name" } } });

        Assert.Equal(HttpStatusCode.Accepted, published.StatusCode);
        foreach (var client in new[] { admin, elsewhere })
        {
            await TestPolling.EventuallyAsync(async () => await NameAsync(client) == "Changed in passing", Deadline, "the new name");
        }

        static async Task<string?> NameAsync(ApiClient client) => (await (await client.GetAsync("products/9")).JsonAsync()).GetProperty("name").GetString();
    }

    [Fact]
    public async Task The_same_key_publishes_one_event()
    {
        using var admin = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsAdminAsync();
        var body = new { type = "user_offline", data = new { user_id = admin.UserId }, user_id = admin.UserId };

        using var first = await admin.SendAsync(HttpMethod.Post, "events", JsonContent.Create(body), ("Idempotency-Key", "one-event"));
        using var second = await admin.SendAsync(HttpMethod.Post, "events", JsonContent.Create(body), ("Idempotency-Key", "one-event"));

        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
    }

    [Fact]
    public async Task Notifications_come_page_by_page_the_newest_first()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var messages = app.Services.GetRequiredService<Functions.Messages.MessageBox>();
        for (var i = 0; i < 5; i++)
        {
            await messages.SendAsync(user.UserId, user.UserId, $"Message {i}", TestContext.Current.CancellationToken);
        }

        await TestPolling.EventuallyAsync(async () => Items(await (await user.GetAsync("notifications")).JsonAsync()).Count == 5, Deadline, "the notifications");
        var first = await (await user.GetAsync("notifications?limit=3")).JsonAsync();
        var second = await (await user.GetAsync($"notifications?limit=3&cursor={first.GetProperty("next_cursor").GetString()}")).JsonAsync();

        Assert.Equal(
            ["Message 4", "Message 3", "Message 2", "Message 1", "Message 0"],
            Items(first).Concat(Items(second)).Select(item => item.GetProperty("data").GetProperty("preview").GetString()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);
    }

    [Theory]
    [InlineData("{\"type\":\"good\",\"data\":{\"text\":\"\\ud800\"}}", "data")]
    [InlineData("{\"data\":{}}", "type"), InlineData("{\"type\":\"Bad Type\",\"data\":{}}", "type"), InlineData("{\"type\":\"good\"}", "data")]
    [InlineData("{\"type\":\"good\",\"data\":{},\"user_id\":2147483647}", "user_id")]
    public async Task An_event_that_is_none_is_refused(string body, string field)
    {
        using var admin = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsAdminAsync();

        using var response = await admin.SendAsync(HttpMethod.Post, "events", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.True((await response.ProblemAsync(HttpStatusCode.BadRequest)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Only_administrators_publish_events()
    {
        using var user = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsNewUserAsync();

        await (await user.PostAsync("events", new { type = "good", data = new { } })).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Parked_events_degrade_the_health_check()
    {
        var shared = await applications.GetAsync(RedisKind.Garnet);
        await using var app = await TestApplications.StartBesideAsync(shared, new Dictionary<string, string?>
        {
            ["Events__KeyPrefix"] = $"{Unique.Name("events")}:",
            ["Events__MaximumAttempts"] = "1",
        });
        using var admin = await app.CreateClient().AsAdminAsync();

        await app.Services.GetRequiredService<EventPublisher>().PublishToUserAsync(admin.UserId, "new_message", "unreadable", TestContext.Current.CancellationToken);

        await TestPolling.EventuallyAsync(
            async () => (await (await admin.GetAsync("health")).JsonAsync()).GetProperty("checks").GetProperty("events").GetProperty("status").GetString() == "degraded",
            Deadline,
            "the health check to be degraded");
    }

    [Theory]
    [InlineData("{\"type\":\"new_message\"}"), InlineData("no JSON")]
    public async Task A_message_on_a_channel_that_is_no_event_degrades_the_health_check(string message)
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var client = app.CreateClient();

        // Heard by those who have subscribed; the application does so in the background.
        await TestPolling.EventuallyAsync(
            async () => (long)(await redis.CallAsync("PUBLISH", "broadcast", message))! > 0, Deadline, "the application to listen");

        await TestPolling.EventuallyAsync(
            async () => (await (await client.GetAsync("health")).JsonAsync()).GetProperty("checks").GetProperty("events").GetProperty("status").GetString() == "degraded",
            Deadline,
            "the health check to be degraded");
    }

    private static List<JsonElement> Items(JsonElement page) => [.. page.GetProperty("items").EnumerateArray()];
}
