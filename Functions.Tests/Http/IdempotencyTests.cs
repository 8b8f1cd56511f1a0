using System.Net;
using System.Net.Http.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Http;

public sealed class IdempotencyTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task The_same_request_gets_the_first_answer_again_on_every_instance(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var there = other.CreateClient();
        there.Session = user.Session;
        var key = Unique.Name();

        var first = await PostAsync(user, key, "Title");
        var second = await PostAsync(there, key, "Title");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        Assert.NotNull(second.Header("Location"));
        Assert.Equal(first.Header("Location"), second.Header("Location"));
        Assert.Equal(first.Header("Content-Type"), second.Header("Content-Type"));
        Assert.NotEqual(first.Header("X-Request-ID"), second.Header("X-Request-ID"));
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_same_key_with_another_body_is_refused(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();
        await PostAsync(user, key, "Title");

        var response = await PostAsync(user, key, "Another title");

        await response.ProblemAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task While_the_first_request_runs_another_conflicts(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var there = other.CreateClient();
        there.Session = user.Session;
        var key = Unique.Name();
        await using var author = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE");

        var first = PostAsync(user, key, "Title");
        await author.WaitUntilBlockingAsync();
        var second = await PostAsync(there, key, "Title");
        await author.CommitAsync();

        await second.ProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal(HttpStatusCode.Created, (await first).StatusCode);
        Assert.Equal(await (await first).TextAsync(), await (await PostAsync(there, key, "Title")).TextAsync());
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Fact]
    public async Task Of_many_at_once_one_runs()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PostAsync(user, key, "Title")));

        Assert.All(responses, response => Assert.Contains(response.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Fact]
    public async Task The_same_key_of_another_caller_or_for_another_operation_is_another_key()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var other = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();

        var mine = await (await PostAsync(user, key, "Title")).JsonAsync();
        var theirs = await (await PostAsync(other, key, "Title")).JsonAsync();
        var account = await user.SendAsync(
            HttpMethod.Post,
            "register",
            JsonContent.Create(new { email = $"{key}@example.com", name = "Ada", password = ApiClient.Password }),
            ("Idempotency-Key", key));

        Assert.NotEqual(mine.GetProperty("id").GetInt32(), theirs.GetProperty("id").GetInt32());
        Assert.Equal(HttpStatusCode.Created, account.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData(256)]
    public async Task An_invalid_key_is_a_bad_request(object given)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await PostAsync(user, given as string ?? new string('k', (int)given), "Title");

        await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal(0, await CountAsync(app, user));
    }

    [Fact]
    public async Task A_request_that_failed_for_our_fault_may_be_repeated()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();
        HttpResponseMessage failed;
        await using (var author = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE"))
        {
            var first = PostAsync(user, key, "Title");
            await author.WaitUntilBlockingAsync();
            await author.TerminateBlockedAsync();
            failed = await first;
        }

        var repeated = await PostAsync(user, key, "Title");

        await failed.ProblemAsync(HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(failed.Header("Retry-After"));
        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Fact]
    public async Task A_refusal_is_repeated_too()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();

        var first = await PostAsync(user, key, "");
        var second = await PostAsync(user, key, "");

        await first.ProblemAsync(HttpStatusCode.BadRequest);
        await second.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
    }

    [Fact]
    public async Task What_is_kept_of_a_registration_does_not_give_the_password_away()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var key = Unique.Name();
        using var content = JsonContent.Create(new { email = $"{key}@example.com", name = "Ada", password = ApiClient.Password });
        var body = await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        using var response = await client.SendAsync(HttpMethod.Post, "register", content, ("Idempotency-Key", key));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(app.Redis);
        var fingerprint = (byte[]?)await redis.GetDatabase().HashGetAsync($"idempotency:address:{client.Address}:Register:{key}", "fingerprint");
        Assert.Equal(32, fingerprint!.Length);
        Assert.NotEqual(System.Security.Cryptography.SHA256.HashData(body), fingerprint);
    }

    private static Task<HttpResponseMessage> PostAsync(ApiClient client, string key, string title) =>
        client.SendAsync(HttpMethod.Post, "posts", JsonContent.Create(new { title, body = "Body" }), ("Idempotency-Key", key));

    private static Task<long> CountAsync(TestApplication app, ApiClient user) =>
        app.QueryAsync<long>($"SELECT count(*) FROM posts WHERE user_id = {user.UserId}");
}
