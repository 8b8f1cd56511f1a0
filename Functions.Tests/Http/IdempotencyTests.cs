using System.Net;
using System.Net.Http.Json;
using Functions.Redis.Idempotency;
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
        Assert.InRange(int.Parse(second.Header("Retry-After")!, null), 1, (int)IdempotencyStore.LeaseDuration.TotalSeconds);
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

    [Theory, ClassData<AnyRedis>]
    public async Task A_refused_request_may_be_corrected_under_its_key(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();

        await (await PostAsync(user, key, "")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await PostAsync(user, key, new string('t', 201))).ProblemAsync(HttpStatusCode.BadRequest);
        var corrected = await PostAsync(user, key, "Title");

        Assert.Equal(HttpStatusCode.Created, corrected.StatusCode);
        Assert.Equal(await corrected.TextAsync(), await (await PostAsync(user, key, "Title")).TextAsync());
        await (await PostAsync(user, key, "")).ProblemAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(1, await CountAsync(app, user));
    }

    [Theory]
    [InlineData("messages", "application/json", """{"recipient_id": 2000000000, "content": "Hello"}""", HttpStatusCode.BadRequest)]
    [InlineData("messages", "application/json", """{"recipient_id": """, HttpStatusCode.BadRequest)]
    [InlineData("messages", "text/plain", "Hello", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("messages", "application/json", 1_100_000, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData("products", "application/json", """{"name": "Kettle", "price": 5, "category_id": 1}""", HttpStatusCode.Forbidden)]
    [InlineData("tasks/00000000000000000000000000000000/retry", "application/json", "{}", HttpStatusCode.Forbidden)]
    public async Task No_refusal_uses_a_key_up(string path, string type, object body, HttpStatusCode expected)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var (text, key) = (body as string ?? new string(' ', (int)body), Unique.Name());

        using var refused = await user.SendAsync(HttpMethod.Post, path, new StringContent(text, null, type), ("Idempotency-Key", key));
        using var again = await user.SendAsync(HttpMethod.Post, path, new StringContent(text + " ", null, type), ("Idempotency-Key", key));

        await refused.ProblemAsync(expected);
        await again.ProblemAsync(expected);
    }

    [Fact]
    public async Task An_address_that_is_taken_may_be_corrected_under_the_key_of_the_registration()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var key = Unique.Name();
        await RegisterAsync($"{key}@example.com", Unique.Name());

        await (await RegisterAsync($"{key}@example.com", key)).ProblemAsync(HttpStatusCode.Conflict);
        using var corrected = await RegisterAsync($"{key}.2@example.com", key);

        Assert.Equal(HttpStatusCode.Created, corrected.StatusCode);

        Task<HttpResponseMessage> RegisterAsync(string email, string under) => client.SendAsync(
            HttpMethod.Post, "register", JsonContent.Create(new { email, name = "Ada", password = ApiClient.Password }), ("Idempotency-Key", under));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_large_answer_is_made_anew_and_the_same_whatever_has_become_of_what_it_tells(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var admin = await app.CreateClient().AsAdminAsync();
        var (key, name) = (Unique.Name(), Unique.Name());
        var product = new { name, description = new string('ü', 4_000), price = 7.5m, category_id = 1 };
        var first = await SendAsync();
        var id = (await first.JsonAsync()).GetProperty("id").GetInt32();

        var changed = await admin.PutAsync($"products/{id}", new { name = $"{name} changed", price = 9 });
        var second = await SendAsync();
        var deleted = await admin.DeleteAsync($"products/{id}");
        var third = await SendAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (changed.StatusCode, deleted.StatusCode));
        foreach (var repeated in new[] { second, third })
        {
            Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
            Assert.Equal(await first.TextAsync(), await repeated.TextAsync());
            Assert.Equal(first.Header("Location"), repeated.Header("Location"));
            Assert.Equal(first.Header("ETag"), repeated.Header("ETag"));
            Assert.Equal(first.Header("Content-Type"), repeated.Header("Content-Type"));
        }

        Assert.Equal(0, await app.QueryAsync<long>($"SELECT count(*) FROM products WHERE name LIKE '{name}%'"));

        Task<HttpResponseMessage> SendAsync() => admin.SendAsync(HttpMethod.Post, "products", JsonContent.Create(product), ("Idempotency-Key", key));
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
        var record = (byte[])(await redis.GetDatabase().StringGetAsync(IdempotencyStore.KeyOf($"address:{client.Address}:Register:{key}")))!;
        Assert.Equal((byte)'a', record[32]);
        Assert.NotEqual(System.Security.Cryptography.SHA256.HashData(body), record[..32]);
    }

    private static Task<HttpResponseMessage> PostAsync(ApiClient client, string key, string title) =>
        client.SendAsync(HttpMethod.Post, "posts", JsonContent.Create(new { title, body = "Body" }), ("Idempotency-Key", key));

    private static Task<long> CountAsync(TestApplication app, ApiClient user) =>
        app.QueryAsync<long>($"SELECT count(*) FROM posts WHERE user_id = {user.UserId}");
}
