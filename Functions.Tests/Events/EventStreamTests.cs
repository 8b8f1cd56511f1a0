using System.Globalization;
using System.Net;
using System.Text.Json;
using Functions.Http.Policies;
using Functions.Redis.Events;
using Functions.Redis.Sessions;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Events;

/// <summary>What browsers get from <c>GET /events</c>.</summary>
public sealed class EventStreamTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Events_for_everybody_and_for_the_caller_arrive_and_those_of_others_do_not(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        using var stream = await EventReader.OpenAsync(user);

        await PublishAsync(admin, "user_online", new { user_id = other.UserId }, other.UserId);
        var own = await PublishAsync(admin, "user_online", new { user_id = user.UserId }, user.UserId);
        await PublishAsync(admin, "product_updated", new { product_id = user.UserId, changes = new[] { "price" } });

        // Each channel has its order; which of the two events comes first is open.
        StreamEvent? first = null, second = null;
        while (first is null || second is null)
        {
            var received = (await stream.NextAsync())!;
            if (received.Type == "user_online")
            {
                Assert.Null(first);
                first = received;
            }
            else if (received.Payload.GetProperty("product_id").GetInt32() == user.UserId)
            {
                second = received; // Other tests change products too.
            }
        }

        Assert.Equal(user.UserId, first.Payload.GetProperty("user_id").GetInt32());
        Assert.Equal(["type", "data", "timestamp"], first.Data.EnumerateObject().Select(property => property.Name));
        Assert.EndsWith("Z", first.Data.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{32}$", own);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal("no-store", stream.Response.Header("Cache-Control"));
        Assert.True(stream.RetryMilliseconds > 0);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_message_reaches_its_recipient_on_another_instance_as_event_and_notification(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var beside = await TestApplications.StartBesideAsync(app);
        using var recipient = await beside.CreateClient().AsNewUserAsync();
        using var sender = await app.CreateClient().AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(recipient);

        using var sent = await sender.PostAsync("messages", new { recipient_id = recipient.UserId, content = new string('x', 150) });

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        var id = (await sent.JsonAsync()).GetProperty("message_id").GetInt64();
        var received = (await stream.NextAsync("new_message")).Payload;
        Assert.Equal(id, received.GetProperty("message_id").GetInt64());
        Assert.Equal(sender.UserId, received.GetProperty("sender_id").GetInt32());
        Assert.Equal(new string('x', 100), received.GetProperty("preview").GetString());
        await TestPolling.EventuallyAsync(
            async () => (await (await recipient.GetAsync("notifications")).JsonAsync()).GetProperty("items").GetArrayLength() == 1, Deadline, "the notification");
        await TestPolling.EventuallyAsync(
            async () => await app.QueryAsync<long>($"SELECT count(*) FROM outbox WHERE channel = 'user:{recipient.UserId}'") == 0, Deadline, "the outbox to be empty");
    }

    [Fact]
    public async Task A_client_that_loses_its_connection_fifty_times_sees_every_event_once_and_in_order()
    {
        const int Count = 5000;
        const int Ahead = 200; // Less than a stream may be behind: the loss is to be of connections, not of a slow reader.
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var publisher = app.Services.GetRequiredService<EventPublisher>();
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var reader = await EventReader.OpenAsync(user);
        using var unseen = new SemaphoreSlim(Ahead);

        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < Count; i += 10)
            {
                for (var n = 0; n < 10; n++)
                {
                    await unseen.WaitAsync(Token);
                }

                await Task.WhenAll(Enumerable.Range(i, 10).Select(n => n % 3 == 0
                    ? publisher.BroadcastAsync("user_online", new { user_id = user.UserId, number = n }, Token)
                    : publisher.PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId, number = n }, Token)));
            }
        }, Token);
        var seen = new List<int>();
        var breaks = 0;
        try
        {
            var next = random.Next(1, Count / 50);
            while (seen.Count < Count)
            {
                var received = (await reader.NextAsync())!;
                if (received.Payload.TryGetProperty("number", out var number))
                {
                    seen.Add(number.GetInt32());
                    unseen.Release();
                }

                if (breaks < 50 && seen.Count >= next)
                {
                    breaks++;
                    next = Math.Min(Count - 1, seen.Count + random.Next(1, Count / 50));
                    reader.Dispose();
                    reader = await EventReader.OpenAsync(user, received.Id);
                }
            }
        }
        finally
        {
            reader.Dispose();
        }

        await publishing;
        Assert.Equal(50, breaks);
        Assert.Equal(Enumerable.Range(0, Count), seen.Order());
        Assert.Equal(seen.Where(n => n % 3 == 0).Order(), seen.Where(n => n % 3 == 0));
        Assert.Equal(seen.Where(n => n % 3 != 0).Order(), seen.Where(n => n % 3 != 0));
    }

    [Fact]
    public async Task A_client_resumes_on_another_instance()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var beside = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var elsewhere = beside.CreateClient();
        elsewhere.Session = user.Session;
        using var first = await EventReader.OpenAsync(user);
        var publisher = app.Services.GetRequiredService<EventPublisher>();
        await publisher.PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId, number = 0 }, Token);
        var seen = await NextNumberAsync(first);
        first.Dispose();

        for (var i = 1; i < 4; i++)
        {
            await publisher.PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId, number = i }, Token);
        }

        using var second = await EventReader.OpenAsync(elsewhere, first.LastId);
        int[] all = [seen, await NextNumberAsync(second), await NextNumberAsync(second), await NextNumberAsync(second)];
        Assert.Equal(Enumerable.Range(0, 4), all);
    }

    [Fact]
    public async Task A_client_that_goes_while_its_stream_opens_is_not_online_for_ever()
    {
        await using var app = await StartAsync(("Events__HeartbeatInterval", "00:00:00.2"), ("Events__PresenceGrace", "00:00:00"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var watcher = await app.CreateClient().AsNewUserAsync();
        var session = Assert.Single(await app.Services.GetRequiredService<SessionStore>().ListAsync(user.UserId.ToString(CultureInfo.InvariantCulture), Token));
        var gone = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => app.Services.GetRequiredService<Functions.Events.EventStreams>().OpenAsync(gone, new Caller(session, user.UserId), default));
        using (await EventReader.OpenAsync(user))
        {
            await TestPolling.EventuallyAsync(async () => (await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be online");
        }

        await TestPolling.EventuallyAsync(async () => !(await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be offline");
    }

    [Fact]
    public async Task A_user_is_offline_when_the_grace_period_is_over_however_seldom_there_are_heartbeats()
    {
        var time = new FakeTimeProvider();
        await using var app = await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet),
            new Dictionary<string, string?> { ["Events__KeyPrefix"] = $"{Unique.Name("events")}:", ["Events__HeartbeatInterval"] = "00:00:15", ["Events__PresenceGrace"] = "00:00:02" },
            builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var user = await app.CreateClient().AsNewUserAsync();
        var presence = app.Services.GetRequiredService<Presence>();
        using (await EventReader.OpenAsync(user))
        {
            await TestPolling.EventuallyAsync(async () => (await presence.ListAsync(Token)).Count == 1, Deadline, "the user to be online");
        }

        var streams = app.Services.GetRequiredService<Functions.Events.EventStreams>();
        await TestPolling.EventuallyAsync(() => Task.FromResult(streams.Count == 0), Deadline, "the stream to be closed");
        for (var elapsed = TimeSpan.Zero; elapsed < TimeSpan.FromSeconds(3); elapsed += TimeSpan.FromMilliseconds(400))
        {
            time.Advance(TimeSpan.FromMilliseconds(400));
        }

        await TestPolling.EventuallyAsync(async () => (await presence.ListAsync(Token)).Count == 0, Deadline, "the user to be offline");
    }

    [Fact]
    public async Task Of_too_many_streams_of_one_user_the_oldest_ends_and_comes_back_late()
    {
        await using var app = await StartAsync(("Events__MaximumStreamsPerUser", "2"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var first = await EventReader.OpenAsync(user);
        using var second = await EventReader.OpenAsync(user);

        using var third = await EventReader.OpenAsync(user);

        while (await first.NextAsync() is not null)
        {
        }

        Assert.InRange(first.RetryMilliseconds!.Value, 30_000, 60_000);
        await app.Services.GetRequiredService<EventPublisher>().PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId, number = 1 }, Token);
        Assert.Equal(1, await NextNumberAsync(second));
        Assert.Equal(1, await NextNumberAsync(third));
    }

    [Fact]
    public async Task A_process_has_one_subscription_however_many_streams_it_has()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var first = await EventReader.OpenAsync(user);
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var before = await CountAsync();

        var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ => await EventReader.OpenAsync(await app.CreateClient().AsNewUserAsync())));

        Assert.Equal(before, await CountAsync());
        Assert.All(streams, stream => stream.Dispose());

        async Task<string> CountAsync() =>
            $"{(await connection.GetDatabase().ExecuteAsync("PUBSUB", "NUMSUB", "broadcast"))[1]} {await connection.GetDatabase().ExecuteAsync("PUBSUB", "NUMPAT")}";
    }

    [Fact]
    public async Task The_users_of_a_process_that_is_killed_go_offline_and_are_told()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var watcher = await app.CreateClient().AsNewUserAsync();
        await using var process = await LocalHostProcess.StartAsync(new Dictionary<string, string>(LocalHostProcess.SettingsOf(redis.ConnectionString, app.Postgres))
        {
            ["Events__PresenceLifetime"] = "00:00:02",
            ["Events__HeartbeatInterval"] = "00:00:00.5",
        });
        using var client = new ApiClient(process.Address);
        using var user = await client.AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(user);
        await TestPolling.EventuallyAsync(async () => (await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be online");
        await using var elsewhere = await EventInstance.StartAsync(redis, "events:");
        var position = (await elsewhere.Store.ReadAsync($"user:{user.UserId}", null, 0, Token)).Head;

        await process.KillAsync();

        await TestPolling.EventuallyAsync(async () => !(await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be offline");
        await TestPolling.EventuallyAsync(
            async () => (await elsewhere.Store.ReadAsync($"user:{user.UserId}", position, 10, Token)).Events.Any(published => published.Type == "user_offline"),
            Deadline,
            "the event that says so");
    }

    [Fact]
    public async Task Who_comes_after_the_history_has_ended_is_told_to_start_anew()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        using var reader = await EventReader.OpenAsync(user, "1-1");

        var first = (await reader.NextAsync())!;
        Assert.Equal("reset", first.Type);
        Assert.Equal("broadcast", first.Payload.GetProperty("channel").GetString());
        Assert.Equal("user", (await reader.NextAsync("reset")).Payload.GetProperty("channel").GetString());
    }

    [Theory]
    [InlineData("garbage"), InlineData("1"), InlineData("-"), InlineData("1-x"), InlineData("99999999999999999-1")]
    public async Task An_id_that_is_none_is_refused(string id)
    {
        using var user = await (await applications.GetAsync(RedisKind.Garnet)).CreateClient().AsNewUserAsync();

        using var response = await user.SendAsync(HttpMethod.Get, "events", null, ("Last-Event-ID", id));

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.True(problem.GetProperty("errors").TryGetProperty("Last-Event-ID", out _));
    }

    [Fact]
    public async Task Without_a_session_there_is_no_stream()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        await (await client.GetAsync("events")).ProblemAsync(HttpStatusCode.Unauthorized, "Missing session ID");
    }

    [Fact]
    public async Task An_idle_stream_sends_comments_and_ends_with_its_time_and_a_hint()
    {
        await using var app = await StartAsync(("Events__HeartbeatInterval", "00:00:00.2"), ("Events__StreamLifetime", "00:00:02"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(user);

        while (await stream.NextAsync() is not null)
        {
            // Other tests change products.
        }

        Assert.True(stream.Comments >= 3, $"{stream.Comments} comments");
        Assert.InRange(stream.RetryMilliseconds!.Value, 500, 1000);
    }

    [Fact]
    public async Task A_closed_session_ends_its_streams_and_no_others()
    {
        await using var app = await StartAsync(("Events__HeartbeatInterval", "00:00:00.2"), ("Events__SessionCheckInterval", "00:00:00.2"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var elsewhere = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using var stream = await EventReader.OpenAsync(user);
        using var other = await EventReader.OpenAsync(elsewhere);

        using var response = await user.PostAsync("logout");

        Assert.Null(await stream.NextAsync());
        await app.Services.GetRequiredService<EventPublisher>().PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId }, Token);
        Assert.Equal(user.UserId, (await other.NextAsync("user_online")).Payload.GetProperty("user_id").GetInt32());
    }

    [Fact]
    public async Task After_a_session_was_closed_its_streams_get_no_private_event()
    {
        // Nobody looks after sessions meanwhile: the event itself must not be told.
        var prefix = $"{Unique.Name("events")}:";
        await using var app = await StartAsync(("Events__KeyPrefix", prefix), ("Events__SessionCheckInterval", "01:00:00"));
        await using var beside = await StartAsync(("Events__KeyPrefix", prefix), ("Events__SessionCheckInterval", "01:00:00"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var elsewhere = await beside.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using var stream = await EventReader.OpenAsync(user);
        using var other = await EventReader.OpenAsync(elsewhere);
        var publisher = beside.Services.GetRequiredService<EventPublisher>();
        await publisher.PublishToUserAsync(user.UserId, "secret", new { number = 1 }, Token);
        Assert.Equal(1, (await stream.NextAsync("secret")).Payload.GetProperty("number").GetInt32());

        var sessions = (await (await elsewhere.GetAsync("sessions")).JsonAsync()).GetProperty("items").EnumerateArray();
        using var closed = await elsewhere.DeleteAsync($"sessions/{sessions.Single(session => !session.GetProperty("current").GetBoolean()).GetProperty("id").GetString()}");
        Assert.Equal(HttpStatusCode.NoContent, closed.StatusCode);
        await publisher.PublishToUserAsync(user.UserId, "secret", new { number = 2 }, Token);

        while (await stream.NextAsync() is { } received)
        {
            Assert.NotEqual("secret", received.Type);
        }

        StreamEvent seen;
        do
        {
            seen = await other.NextAsync("secret");
        }
        while (seen.Payload.GetProperty("number").GetInt32() == 1);
        Assert.Equal(2, seen.Payload.GetProperty("number").GetInt32());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_position_ahead_of_its_channel_is_led_back_to_the_head(bool broadcast, bool user)
    {
        await using var app = await StartAsync();
        using var client = await app.CreateClient().AsNewUserAsync();
        var publisher = app.Services.GetRequiredService<EventPublisher>();
        string position;
        using (var first = await EventReader.OpenAsync(client))
        {
            position = first.LastId;
        }

        const string Ahead = "9007199254740992"; // 2^53, where numbers end.
        var parts = position.Split('-');
        using var stream = await EventReader.OpenAsync(client, $"{(broadcast ? Ahead : parts[0])}-{(user ? Ahead : parts[1])}");

        var resets = new List<string>();
        while (resets.Count < (broadcast ? 1 : 0) + (user ? 1 : 0))
        {
            resets.Add((await stream.NextAsync("reset")).Payload.GetProperty("channel").GetString()!);
        }

        Assert.Equal([.. broadcast ? ["broadcast"] : Array.Empty<string>(), .. user ? ["user"] : Array.Empty<string>()], resets.Order());
        await publisher.BroadcastAsync("to_all", new { user_id = client.UserId }, Token);
        await publisher.PublishToUserAsync(client.UserId, "to_one", new { user_id = client.UserId }, Token);
        string[] types = ["", ""];
        for (var i = 0; i < 2;)
        {
            if ((await stream.NextAsync())!.Type is ("to_all" or "to_one") and var type)
            {
                types[i++] = type;
            }
        }

        Assert.Equal(["to_all", "to_one"], types.Order());
        Assert.DoesNotContain(Ahead, stream.LastId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_Redis_is_away_a_stream_is_one_that_ends_with_a_hint_and_other_answers_are_errors()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        using (await EventReader.OpenAsync(user))
        {
        }

        await redis.StopAsync();
        using var stream = await user.GetAsync("events");
        using var head = await user.SendAsync(HttpMethod.Head, "events", null);
        using var profile = await user.GetAsync("profile");

        // What makes an EventSource come again: 200, its media type, and an end.
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType?.MediaType));
        var text = await stream.Content.ReadAsStringAsync(Token);
        Assert.Matches("^retry: [0-9]{4}\n: .*\n\n$", text);
        Assert.DoesNotContain("data:", text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream", ""), (head.StatusCode, head.Content.Headers.ContentType?.MediaType, await head.TextAsync()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, profile.StatusCode);

        await redis.StartAsync();
        await TestPolling.EventuallyAsync(async () => (await user.GetAsync("health")).StatusCode == HttpStatusCode.OK, Deadline, "Redis to be back");
        using var again = await app.CreateClient().AsNewUserAsync();
        using var healed = await EventReader.OpenAsync(again);
        Assert.NotEqual("", healed.LastId);
    }

    [Fact]
    public async Task The_streams_of_a_deleted_user_end()
    {
        await using var app = await StartAsync(("Events__HeartbeatInterval", "00:00:00.2"), ("Events__SessionCheckInterval", "00:00:00.2"));
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        using var stream = await EventReader.OpenAsync(user);

        using var deleted = await admin.DeleteAsync($"users/{user.UserId}");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        while (await stream.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task At_shutdown_streams_end_cleanly_and_users_go_offline()
    {
        var prefix = $"{Unique.Name("events")}:";
        var first = await StartAsync(("Events__KeyPrefix", prefix));
        await using var beside = await StartAsync(("Events__KeyPrefix", prefix));
        using var user = await first.CreateClient().AsNewUserAsync();
        using var watcher = await beside.CreateClient().AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(user);
        await TestPolling.EventuallyAsync(async () => (await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be online");

        await first.DisposeAsync();

        Assert.Null(await stream.NextAsync());
        await TestPolling.EventuallyAsync(async () => !(await OnlineAsync(watcher)).Contains(user.UserId), Deadline, "the user to be offline");
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_and_others_are_not()
    {
        await using var app = await StartAsync(("Events__MaximumBacklog", "20"), ("Events__HeartbeatInterval", "00:00:00.2"), ("Events__SendTimeout", "00:00:01"));
        using var slow = await app.CreateClient().AsNewUserAsync();
        using var fast = await app.CreateClient().AsAsync(slow.Email, ApiClient.Password);
        using var stuck = await EventReader.OpenAsync(slow);
        using var reader = await EventReader.OpenAsync(fast);
        var publisher = app.Services.GetRequiredService<EventPublisher>();
        var text = new string('x', 30_000);

        for (var i = 0; i < 400; i++)
        {
            await publisher.PublishToUserAsync(slow.UserId, "user_online", new { user_id = slow.UserId, number = i, text }, Token);
            Assert.Equal(i, (await reader.NextAsync("user_online")).Payload.GetProperty("number").GetInt32());
        }

        var got = 0;
        try
        {
            while (await stuck.NextAsync() is not null)
            {
                got++;
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // Cut in the middle of an event.
        }

        Assert.True(got < 400, $"The slow client got {got} events");
        using var resumed = await EventReader.OpenAsync(slow, stuck.LastId);
        Assert.NotNull(await resumed.NextAsync("user_online"));
    }

    [Fact]
    public async Task Streams_survive_an_outage_of_Redis_and_miss_nothing()
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(user);
        var publisher = app.Services.GetRequiredService<EventPublisher>();
        await publisher.PublishToUserAsync(user.UserId, "user_online", new { user_id = user.UserId }, Token);
        Assert.Equal("user_online", (await stream.NextAsync())!.Type);

        await redis.KillAsync();
        await redis.StartAsync();
        await using var elsewhere = await EventInstance.StartAsync(redis, "events:");
        for (var i = 0; i < 5; i++)
        {
            await elsewhere.Publisher.PublishToUserAsync(user.UserId, "user_offline", new { user_id = user.UserId, number = i }, Token);
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i, (await stream.NextAsync("user_offline")).Payload.GetProperty("number").GetInt32());
        }
    }

    private static async Task<int> NextNumberAsync(EventReader reader)
    {
        JsonElement number;
        while (!(await reader.NextAsync("user_online")).Payload.TryGetProperty("number", out number))
        {
        }

        return number.GetInt32();
    }

    private async Task<TestApplication> StartAsync(params IEnumerable<(string Name, string Value)> settings)
    {
        var shared = await applications.GetAsync(RedisKind.Garnet);
        var all = settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);
        all.TryAdd("Events__KeyPrefix", $"{Unique.Name("events")}:");
        return await TestApplications.StartBesideAsync(shared, all);
    }

    private static async Task<string> PublishAsync(ApiClient admin, string type, object data, int? userId = null)
    {
        using var response = await admin.PostAsync("events", new { type, data, user_id = userId });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.JsonAsync()).GetProperty("event_id").GetString()!;
    }

    private static async Task<IReadOnlyList<int>> OnlineAsync(ApiClient client) =>
        [.. (await (await client.GetAsync("presence")).JsonAsync()).GetProperty("online").EnumerateArray().Select(user => user.GetProperty("user_id").GetInt32())];
}
