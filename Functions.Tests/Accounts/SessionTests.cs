using System.Net;
using System.Text.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Accounts;

public sealed class SessionTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task The_list_shows_every_session_of_the_caller_and_no_token(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);

        var response = await second.GetAsync("sessions");

        var items = (await response.JsonAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(2, items.Count);
        var current = Assert.Single(items, item => item.GetProperty("current").GetBoolean());
        Assert.Equal(second.Address, current.GetProperty("metadata").GetProperty("ip").GetString());
        Assert.Equal("test-client/1.0", current.GetProperty("metadata").GetProperty("user_agent").GetString());
        Assert.Equal(["id", "current", "created_at", "last_activity", "metadata"], current.EnumerateObject().Select(member => member.Name));
        Assert.EndsWith("Z", current.GetProperty("created_at").GetString());
        Assert.InRange(current.GetProperty("created_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        var text = await response.TextAsync();
        Assert.DoesNotContain(first.Session!, text);
        Assert.DoesNotContain(second.Session!, text);
    }

    [Fact]
    public async Task The_list_has_pages_the_newest_login_first()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var logins = new List<string> { await HandleAsync(user) };
        for (var i = 0; i < 4; i++)
        {
            using var login = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
            logins.Add(await HandleAsync(login));
        }

        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = await (await user.GetAsync($"sessions?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).JsonAsync();
            var items = page.GetProperty("items").EnumerateArray().ToList();
            Assert.InRange(items.Count, 1, 2);
            listed.AddRange(items.Select(item => item.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
            await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Reverse(logins), listed);
        foreach (var query in new[] { "limit=0", "limit=101", "limit=x", "cursor=x", "cursor=" })
            await (await user.GetAsync($"sessions?{query}")).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_login_too_many_closes_the_oldest_session_and_ends_its_event_stream()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var small = await TestApplications.StartBesideAsync(
            app, new Dictionary<string, string?> { ["Sessions__MaximumPerUser"] = "2", ["Events__SessionCheckInterval"] = "00:00:00.1", ["Events__HeartbeatInterval"] = "00:00:00.2" });
        using var first = await small.CreateClient().AsNewUserAsync();
        using var stream = await Events.EventReader.OpenAsync(first);
        using var second = await small.CreateClient().AsAsync(first.Email, ApiClient.Password);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("protected")).StatusCode);

        using var third = await small.CreateClient().AsAsync(first.Email, ApiClient.Password);

        await (await first.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("protected")).StatusCode);
        while (await stream.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task A_handle_does_not_authenticate()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var thief = app.CreateClient();
        thief.Session = await HandleAsync(user);

        await (await thief.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized, "Invalid or expired session");
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_is_closed_by_its_handle_and_only_by_its_user(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);
        using var stranger = await app.CreateClient().AsNewUserAsync();
        var handle = await HandleAsync(first);

        var foreign = await stranger.DeleteAsync($"sessions/{handle}");
        var stillOpen = await first.GetAsync("protected");
        var own = await second.DeleteAsync($"sessions/{handle}");
        var again = await second.DeleteAsync($"sessions/{handle}");

        await foreign.ProblemAsync(HttpStatusCode.NotFound, "No such session");
        Assert.Equal(HttpStatusCode.OK, stillOpen.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        await again.ProblemAsync(HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.Unauthorized, (await first.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("protected")).StatusCode);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("%00")]
    [InlineData("*")]
    [InlineData("%F0%9F%92%A9")]
    public async Task A_handle_that_never_was_is_not_found(string handle)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await user.DeleteAsync($"sessions/{handle}");

        // The server itself refuses a path with NUL.
        Assert.Equal(handle == "%00" ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Logging_out_everywhere_closes_all_sessions_of_the_user_and_no_other(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);
        using var stranger = await app.CreateClient().AsNewUserAsync();

        var response = await second.PostAsync("logout/all");

        Assert.Equal(2, (await response.JsonAsync()).GetProperty("sessions_closed").GetInt32());
        Assert.StartsWith("session=;", response.Header("Set-Cookie"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await first.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await second.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("protected")).StatusCode);
    }

    [Fact]
    public async Task The_profile_is_the_callers()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();

        var profile = await (await user.GetAsync("profile")).JsonAsync();

        Assert.Equal(["user_id", "email", "email_verified", "name", "is_admin", "logged_in_at"], profile.EnumerateObject().Select(member => member.Name));
        Assert.Equal(user.UserId, profile.GetProperty("user_id").GetInt32());
        Assert.Equal(user.Email, profile.GetProperty("email").GetString());
        Assert.False(profile.GetProperty("is_admin").GetBoolean());
        Assert.True((await (await admin.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
    }

    [Fact]
    public async Task A_new_password_closes_the_other_sessions_of_the_user()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var first = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(first.Email, ApiClient.Password);

        using var changed = await second.PutAsync($"users/{second.UserId}", new { password = "another long password", current_password = ApiClient.Password });

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await first.GetAsync("protected")).StatusCode);
        await (await second.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized);
        second.Session = (await changed.JsonAsync()).GetProperty("session_id").GetString();
        Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("protected")).StatusCode);
        await (await first.PostAsync("login", new { email = first.Email, password = ApiClient.Password }))
            .ProblemAsync(HttpStatusCode.Unauthorized, "Invalid credentials");
        await first.AsAsync(first.Email, "another long password");
    }

    [Fact]
    public async Task A_new_password_from_an_administrator_closes_all_sessions_of_the_user_and_none_of_the_administrator()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();

        using var changed = await admin.PutAsync($"users/{user.UserId}", new { password = "another long password" });

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await user.GetAsync("protected")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("protected")).StatusCode);
    }

    private static async Task<string> HandleAsync(ApiClient user)
    {
        var items = (await (await user.GetAsync("sessions")).JsonAsync()).GetProperty("items");
        return items.EnumerateArray().Single((JsonElement item) => item.GetProperty("current").GetBoolean()).GetProperty("id").GetString()!;
    }
}
