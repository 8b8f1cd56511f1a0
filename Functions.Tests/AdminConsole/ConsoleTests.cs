using System.Net;
using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.AdminConsole;

/// <summary>What the console asks the application for.</summary>
public sealed class ConsoleTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_overview_counts_what_happened_on_every_instance_and_lists_them()
    {
        var first = await applications.GetAsync(RedisKind.Garnet);
        await using var second = await TestApplications.StartBesideAsync(first);
        using var admin = await first.CreateClient().AsAdminAsync();
        var before = await OverviewAsync(admin);
        foreach (var app in new[] { first, second })
        {
            using var client = app.CreateClient();
            for (var i = 0; i < 20; i++)
            {
                using var response = await client.GetAsync("products/1");
            }
        }

        await TestPolling.EventuallyAsync(
            async () =>
            {
                var overview = await OverviewAsync(admin);
                return Sum(overview, "requests") >= Sum(before, "requests") + 40
                    && Sum(overview, "cache_hits") + Sum(overview, "cache_misses") >= Sum(before, "cache_hits") + Sum(before, "cache_misses") + 40
                    && overview.GetProperty("instances").GetArrayLength() >= 2
                    && overview.GetProperty("minutes").EnumerateArray().Any(minute => minute.GetProperty("redis_memory").ValueKind == JsonValueKind.Number);
            },
            Deadline,
            "the requests to both instances");
    }

    [Fact]
    public async Task Tasks_are_found_by_name_and_changed_together_if_they_are_as_many_as_was_said()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var queue = app.Services.GetRequiredService<TaskQueue>();
        var name = Unique.Name("lost");
        for (var i = 0; i < 3; i++)
            await queue.EnqueueAsync(name, new { secret = "x" }, new EnqueueOptions { Delay = TimeSpan.FromHours(1), Owner = "12" }, Cancellation);
        var filter = $"state=delayed&name={name}";

        var count = await (await admin.GetAsync($"console/task-count?{filter}")).JsonAsync();
        var page = await (await admin.GetAsync($"console/tasks?limit=2&{filter}&owner=12")).JsonAsync();
        var none = await (await admin.GetAsync($"console/tasks?{filter}&owner=13")).JsonAsync();
        var detail = await (await admin.GetAsync($"console/tasks/{page.GetProperty("items")[0].GetProperty("task").GetProperty("id").GetString()}")).JsonAsync();
        var wrong = await admin.PostAsync("console/tasks", new { action = "cancel", state = "delayed", name, count = 2 });
        var problem = await wrong.ProblemAsync(HttpStatusCode.Conflict, "There are 3 such tasks now, not 2");
        using var right = await admin.PostAsync("console/tasks", new { action = "cancel", state = "delayed", name, count = 3 });
        using var impossible = await admin.PostAsync("console/tasks", new { action = "retry", state = "delayed", name, count = 3 });

        Assert.Equal(3, count.GetProperty("count").GetInt32());
        Assert.Equal(2, page.GetProperty("items").GetArrayLength());
        Assert.Equal(0, none.GetProperty("items").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, detail.GetProperty("payload").ValueKind); // No handler says what of it may be shown.
        Assert.Equal(3, problem.GetProperty("count").GetInt32());
        Assert.Equal(3, (await right.JsonAsync()).GetProperty("changed").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, impossible.StatusCode);
        Assert.Equal(3, (await (await admin.GetAsync($"console/task-count?state=cancelled&name={name}")).JsonAsync()).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Of_a_payload_as_much_is_shown_as_its_handler_says()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var task = await app.Services.GetRequiredService<TaskQueue>().EnqueueAsync(
            "send_email", new { to = "ada@example.com", subject = "Hello", body = "a secret" }, new EnqueueOptions { Delay = TimeSpan.FromHours(1) }, Cancellation);

        var detail = await (await admin.GetAsync($"console/tasks/{task.Id}")).TextAsync();

        Assert.Contains("ada@example.com", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parked_events_are_shown_tried_again_and_dropped()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var mark = Unique.Name("mark");
        await app.Services.GetRequiredService<EventPublisher>().BroadcastAsync("new_message", new { message_id = 1, sender_id = 1, preview = mark }, Cancellation); // It is for one user.

        var parked = await ParkedAsync(admin, mark, _ => true);
        var at = parked.GetProperty("parked_at").GetDateTimeOffset();
        using var retried = await admin.PostAsync($"console/events/parked/{Id(parked)}/retry");
        var again = await ParkedAsync(admin, mark, one => one.GetProperty("parked_at").GetDateTimeOffset() > at);
        using var dropped = await admin.DeleteAsync($"console/events/parked/{Id(again)}");
        using var twice = await admin.DeleteAsync($"console/events/parked/{Id(again)}");

        Assert.Equal(HttpStatusCode.NoContent, retried.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, dropped.StatusCode);
        await twice.ProblemAsync(HttpStatusCode.NotFound, "No such parked event");

        static string Id(JsonElement one) => one.GetProperty("id").GetString()!;
    }

    [Fact]
    public async Task A_message_that_is_no_event_can_be_dropped_only()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var subscriber = await app.Services.GetRequiredService<RedisConnection>().GetSubscriberAsync(Cancellation);
        var mark = Unique.Name("nonsense");
        await subscriber.PublishAsync(StackExchange.Redis.RedisChannel.Literal("broadcast"), mark);

        JsonElement parked = default;
        await TestPolling.EventuallyAsync(
            async () => (parked = (await ItemsAsync(admin)).FirstOrDefault(one => one.GetProperty("type").ValueKind == JsonValueKind.Null)).ValueKind == JsonValueKind.Object,
            Deadline,
            "the message to be parked");
        var id = parked.GetProperty("id").GetString();

        Assert.False(parked.GetProperty("can_retry").GetBoolean());
        await (await admin.PostAsync($"console/events/parked/{id}/retry")).ProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"console/events/parked/{id}")).StatusCode);
    }

    [Fact]
    public async Task A_cached_answer_is_shown_and_made_anew_when_its_key_or_its_tag_is_invalidated()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var client = app.CreateClient();
        using var made = await client.GetAsync("products/17");

        var entry = await (await admin.GetAsync("console/cache/entry?key=product:17")).JsonAsync();
        Assert.Equal(17, entry.GetProperty("value").GetProperty("id").GetInt32());
        Assert.Contains("product:17", entry.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.True(entry.GetProperty("current").GetBoolean());
        Assert.InRange(entry.GetProperty("ttl_seconds").GetDouble(), 300, 700);

        using var tagged = await admin.DeleteAsync("cache/tags/product:17");
        Assert.False((await (await admin.GetAsync("console/cache/entry?key=product:17")).JsonAsync()).GetProperty("current").GetBoolean());
        Assert.Equal("miss", (await client.GetAsync("products/17")).Header("X-Cache"));
        Assert.Equal("hit", (await client.GetAsync("products/17")).Header("X-Cache"));

        using var removed = await admin.DeleteAsync("console/cache/entry?key=product:17");
        await (await admin.GetAsync("console/cache/entry?key=product:17")).ProblemAsync(HttpStatusCode.NotFound);
        Assert.Equal("miss", (await client.GetAsync("products/17")).Header("X-Cache"));
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.GetAsync("console/cache/entry")).StatusCode);
    }

    [Fact]
    public async Task The_limits_of_a_caller_are_lifted_on_every_instance_and_hold_again_afterwards()
    {
        var first = await applications.GetAsync(RedisKind.Garnet);
        await using var second = await TestApplications.StartBesideAsync(first);
        using var admin = await first.CreateClient().AsAdminAsync();
        using var caller = second.CreateClient();
        var path = $"console/limits/callers/address:{caller.Address}";
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, (await caller.GetAsync("expensive-operation")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await caller.GetAsync("expensive-operation")).StatusCode);

        var standing = (await (await admin.GetAsync(path)).JsonAsync()).GetProperty("limits")[0]; // The tightest.
        Assert.Equal(("expensive", 0), (standing.GetProperty("policy").GetString(), standing.GetProperty("remaining").GetInt32()));
        await TestPolling.EventuallyAsync(
            async () => (await (await admin.GetAsync("console/limits")).JsonAsync()).GetProperty("nearest").EnumerateArray()
                .Any(near => near.GetProperty("caller").GetString() == $"address:{caller.Address}" && near.GetProperty("remaining").GetInt32() == 0),
            Deadline,
            "the caller to be among the nearest");
        using var lifted = await admin.PutAsync($"{path}/lift", new { minutes = 10 });
        Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        await TestPolling.EventuallyAsync(
            async () => (await caller.GetAsync("expensive-operation")).StatusCode == HttpStatusCode.OK, Deadline, "the other instance to hear of it");

        using var restored = await admin.DeleteAsync($"{path}/lift");
        await TestPolling.EventuallyAsync(
            async () => (await caller.GetAsync("expensive-operation")).StatusCode == HttpStatusCode.TooManyRequests, Deadline, "the limit to hold again");
    }

    [Theory, InlineData("user:0"), InlineData("user:x"), InlineData("address:nowhere"), InlineData("5"), InlineData("s:5")]
    public async Task Who_is_no_caller_is_refused(string caller)
    {
        using var admin = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsAdminAsync();

        await (await admin.GetAsync($"console/limits/callers/{caller}")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await admin.PutAsync($"console/limits/callers/{caller}/lift", new { minutes = 1 })).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Sessions_of_others_are_listed_and_closed()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        using var elsewhere = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        var path = $"console/users/{user.UserId}/sessions";

        var found = (await (await admin.GetAsync($"console/users?q={Uri.EscapeDataString(user.Email.ToUpperInvariant())}")).JsonAsync()).GetProperty("items");
        var listed = (await (await admin.GetAsync(path)).JsonAsync()).GetProperty("items");
        using var closed = await admin.DeleteAsync($"{path}/{listed[0].GetProperty("id").GetString()}");
        using var all = await admin.DeleteAsync(path);

        Assert.Equal(user.UserId, Assert.Single(found.EnumerateArray()).GetProperty("id").GetInt32());
        Assert.Equal(2, listed.GetArrayLength());
        Assert.Equal(HttpStatusCode.NoContent, closed.StatusCode);
        Assert.Equal(1, (await all.JsonAsync()).GetProperty("sessions_closed").GetInt32());
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("profile")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await elsewhere.GetAsync("profile")).StatusCode);
    }

    [Fact]
    public async Task What_administrators_do_is_written_down_with_how_it_ended()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        var tag = Unique.Name("tag");

        using var done = await admin.DeleteAsync($"cache/tags/{tag}");
        using var refused = await admin.DeleteAsync($"console/events/parked/{tag}");
        using var closed = await admin.DeleteAsync($"console/users/{user.UserId}/sessions");
        using var foreign = await user.DeleteAsync($"cache/tags/{tag}-foreign");

        var items = (await (await admin.GetAsync("console/audit?limit=100")).JsonAsync()).GetProperty("items").EnumerateArray().ToList();
        var first = Assert.Single(items, item => item.GetProperty("subject").GetString() == $"/api/cache/tags/{tag}");
        Assert.Equal(
            ("InvalidateCacheTag", admin.UserId, "Demo Admin", 200),
            (first.GetProperty("action").GetString(), first.GetProperty("user_id").GetInt32(), first.GetProperty("user_name").GetString(), first.GetProperty("status").GetInt32()));
        Assert.Equal(404, Assert.Single(items, item => item.GetProperty("subject").GetString() == $"/api/console/events/parked/{tag}").GetProperty("status").GetInt32());
        Assert.Equal("closed: 1", Assert.Single(items, item => item.GetProperty("subject").GetString() == $"/api/console/users/{user.UserId}/sessions").GetProperty("detail").GetString());
        Assert.DoesNotContain(items, item => item.GetProperty("subject").GetString()!.EndsWith("-foreign", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Users_who_change_what_is_theirs_are_not_in_the_log()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        using var renamed = await user.PutAsync($"users/{user.UserId}", new { name = "Somebody Else" });

        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM audit_entries WHERE user_id = {user.UserId}"));
    }

    [Fact]
    public async Task What_cannot_be_written_down_is_not_done()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var user = await app.CreateClient().AsNewUserAsync();
        await app.ExecuteAsync("ALTER TABLE audit_entries RENAME TO audit_entries_away");

        using var response = await admin.DeleteAsync($"console/users/{user.UserId}/sessions");

        Assert.True(response.StatusCode >= HttpStatusCode.InternalServerError);
        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync("profile")).StatusCode);
    }

    private static async Task<JsonElement> OverviewAsync(ApiClient admin) => await (await admin.GetAsync("console/overview?minutes=10")).JsonAsync();

    private static long Sum(JsonElement overview, string name) => overview.GetProperty("minutes").EnumerateArray().Sum(minute => minute.GetProperty(name).GetInt64());

    private static async Task<List<JsonElement>> ItemsAsync(ApiClient admin) =>
        [.. (await (await admin.GetAsync("console/events/parked")).JsonAsync()).GetProperty("items").EnumerateArray()];

    private static async Task<JsonElement> ParkedAsync(ApiClient admin, string mark, Func<JsonElement, bool> isIt)
    {
        JsonElement found = default;
        await TestPolling.EventuallyAsync(
            async () => (found = (await ItemsAsync(admin)).FirstOrDefault(one => one.GetRawText().Contains(mark, StringComparison.Ordinal) && isIt(one))).ValueKind == JsonValueKind.Object,
            Deadline,
            "the event to be parked");
        return found;
    }
}
