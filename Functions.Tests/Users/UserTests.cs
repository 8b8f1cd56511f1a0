using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Users;

public sealed class UserTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task Only_the_user_and_administrators_see_the_address_whoever_asked_first(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        using var nobody = app.CreateClient();
        var path = $"users/{user.UserId}";

        foreach (var reader in new[] { user, nobody, admin, other, user, nobody })
        {
            var response = await reader.GetAsync(path);
            var seesAddress = reader == user || reader == admin;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(seesAddress ? ["id", "name", "email"] : ["id", "name"], (await response.JsonAsync()).EnumerateObject().Select(member => member.Name));
            Assert.Equal("private, no-cache", string.Join(", ", response.Header("Cache-Control")!.Split(", ").OrderDescending()));
            Assert.Equal("X-Session-ID, Cookie", response.Header("Vary"));
        }
    }

    [Fact]
    public async Task Each_view_is_cached_for_itself()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = app.CreateClient();
        var path = $"users/{user.UserId}";

        Assert.Equal("miss", (await nobody.GetAsync(path)).Header("X-Cache"));
        Assert.Equal("hit", (await nobody.GetAsync(path)).Header("X-Cache"));
        Assert.Equal("miss", (await user.GetAsync(path)).Header("X-Cache"));
        Assert.Equal("hit", (await user.GetAsync(path)).Header("X-Cache"));
        Assert.NotEqual((await user.GetAsync(path)).Header("ETag"), (await nobody.GetAsync(path)).Header("ETag"));
    }

    [Fact]
    public async Task The_validator_of_one_view_does_not_confirm_another()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = app.CreateClient();
        var path = $"users/{user.UserId}";
        var etag = (await user.GetAsync(path)).Header("ETag")!;

        Assert.Equal(HttpStatusCode.NotModified, (await user.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", etag))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await nobody.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", etag))).StatusCode);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_change_is_seen_by_the_next_read_on_every_instance_however_the_id_is_spelled(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = other.CreateClient();
        string[] spellings = [$"users/{user.UserId}", $"users/00{user.UserId}", $"users/+{user.UserId}"];
        foreach (var path in spellings)
        {
            await nobody.GetAsync(path);
            await user.GetAsync(path);
        }

        using var changed = await user.PutAsync(spellings[0], new { name = "Renamed" });

        Assert.Equal("updated", (await changed.JsonAsync()).GetProperty("status").GetString());
        foreach (var path in spellings)
        {
            Assert.Equal("Renamed", (await (await nobody.GetAsync(path)).JsonAsync()).GetProperty("name").GetString());
            Assert.Equal("Renamed", (await (await user.GetAsync(path)).JsonAsync()).GetProperty("name").GetString());
            Assert.True((await (await user.GetAsync(path)).JsonAsync()).TryGetProperty("email", out _));
        }

        Assert.Equal("Renamed", (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Others_may_not_change_or_delete_an_account()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();

        await (await other.PutAsync($"users/{user.UserId}", new { name = "Eve" })).ProblemAsync(HttpStatusCode.Forbidden);
        await (await other.DeleteAsync($"users/{user.UserId}")).ProblemAsync(HttpStatusCode.Forbidden);
        Assert.Equal("Test User", (await (await user.GetAsync("profile")).JsonAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_deletion_that_is_repeated_closes_the_sessions_that_are_left()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        await user.GetAsync($"users/{user.UserId}");
        // As if the first attempt had been cut off when the account was gone.
        await app.QueryAsync<int>($"WITH gone AS (DELETE FROM users WHERE id = {user.UserId} RETURNING 1) SELECT count(*)::int FROM gone");

        await (await user.DeleteAsync($"users/{user.UserId}")).ProblemAsync(HttpStatusCode.NotFound, "No such user");

        await (await user.GetAsync("protected")).ProblemAsync(HttpStatusCode.Unauthorized);
        using var nobody = app.CreateClient();
        await (await nobody.GetAsync($"users/{user.UserId}")).ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_does_not_exist_is_not_found()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();

        await (await admin.GetAsync("users/2000000000")).ProblemAsync(HttpStatusCode.NotFound);
        await (await admin.PutAsync("users/2000000000", new { name = "Nobody" })).ProblemAsync(HttpStatusCode.NotFound);
        await (await admin.DeleteAsync("users/2000000000")).ProblemAsync(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{"email": "plain"}""", "email")]
    [InlineData("""{"name": " "}""", "name")]
    [InlineData("""{"password": "short"}""", "password")]
    [InlineData("""{"name": 5}""", "name")]
    public async Task An_invalid_field_is_named(string body, string field)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await user.SendAsync(HttpMethod.Put, $"users/{user.UserId}", new StringContent(body, null, "application/json"));

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Deleting_an_account_closes_its_sessions_and_removes_its_posts_and_what_is_cached(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var second = await app.CreateClient().AsAsync(user.Email, ApiClient.Password);
        using var nobody = other.CreateClient();
        using var admin = await other.CreateClient().AsAdminAsync();
        await user.PostAsync("posts", new { title = "Title", body = "Body" });
        foreach (var reader in new[] { user, nobody, admin })
        {
            await reader.GetAsync($"users/{user.UserId}");
            await reader.GetAsync($"users/{user.UserId}/posts");
        }

        var deleted = await (await user.DeleteAsync($"users/{user.UserId}")).JsonAsync();

        Assert.True(deleted.GetProperty("deleted").GetBoolean());
        Assert.Equal(2, deleted.GetProperty("sessions_closed").GetInt32());
        Assert.True(deleted.GetProperty("caches_cleared").GetInt32() > 0);
        Assert.Equal(HttpStatusCode.Unauthorized, (await second.GetAsync("protected")).StatusCode);
        foreach (var reader in new[] { nobody, admin })
        {
            await (await reader.GetAsync($"users/{user.UserId}")).ProblemAsync(HttpStatusCode.NotFound);
            await (await reader.GetAsync($"users/{user.UserId}/posts")).ProblemAsync(HttpStatusCode.NotFound);
        }

        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM posts WHERE user_id = {user.UserId}"));
        using var login = await nobody.PostAsync("login", new { email = user.Email, password = ApiClient.Password });
        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
    }

    [Fact]
    public async Task An_account_deleted_during_its_update_is_not_found()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var admin = await app.CreateClient().AsAdminAsync();
        await using var deletion = await RowLock.TakeAsync(app, $"DELETE FROM users WHERE id = {user.UserId}");

        var update = admin.PutAsync($"users/{user.UserId}", new { name = "Too late" });
        await deletion.WaitUntilBlockingAsync();
        await deletion.CommitAsync();

        await (await update).ProblemAsync(HttpStatusCode.NotFound, "No such user");
    }
}
