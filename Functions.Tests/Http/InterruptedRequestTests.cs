using System.Net;
using System.Net.Http.Json;
using Functions.Redis.Idempotency;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>Requests under an <c>Idempotency-Key</c> whose Redis, instance or client dies while they run.</summary>
public sealed class InterruptedRequestTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(RedisPersistence.AppendAlways)] // Comes back with the claim of the request.
    [InlineData(RedisPersistence.None)] // Comes back empty, without sessions too.
    public async Task A_request_during_which_Redis_died_may_be_repeated_when_Redis_is_back(RedisPersistence persistence)
    {
        await using var redis = await RedisProcess.StartNewAsync(persistence);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var author = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE");
        var first = PostAsync(user);
        await author.WaitUntilBlockingAsync();

        await redis.KillAsync();
        await author.CommitAsync();
        using var answer = await first; // Posts are cached, so it is 503 unless Redis takes their removal.
        await redis.StartAsync();
        using var here = await (await AwaitRedisAsync(app)).AsAsync(user.Email, ApiClient.Password);
        using var repeated = await PostAsync(here);
        using var there = await (await AwaitRedisAsync(other)).AsAsync(user.Email, ApiClient.Password);
        using var elsewhere = await PostAsync(there);

        Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (repeated.StatusCode, elsewhere.StatusCode));
        Assert.Equal(await repeated.TextAsync(), await elsewhere.TextAsync());
        Assert.Equal(1, await app.QueryAsync<long>("SELECT count(*) FROM posts"));
    }

    [Fact]
    public async Task The_key_of_a_request_whose_instance_was_killed_is_free_when_its_lease_has_ended()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString, new Dictionary<string, string?> { ["RateLimits__posts__Limit"] = "100000" });
        using var user = await app.CreateClient().AsNewUserAsync();
        await using var process = await LocalHostProcess.StartAsync(LocalHostProcess.SettingsOf(redis.ConnectionString, app.Postgres));
        using var doomed = new ApiClient(process.Address) { Session = user.Session };
        await using var author = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE");
        var first = PostAsync(doomed);
        await author.WaitUntilBlockingAsync();

        await process.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => first);
        var refused = await PostAsync(user);
        await author.CommitAsync();
        HttpResponseMessage repeated = refused;
        await TestPolling.EventuallyAsync(
            async () => (repeated = await PostAsync(user)).StatusCode != HttpStatusCode.Conflict, Deadline, "the key to be free");

        if (refused.StatusCode == HttpStatusCode.Conflict) // Else the machine was so slow that the lease had ended by then.
        {
            Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, (int)IdempotencyStore.LeaseDuration.TotalSeconds);
        }

        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Equal(1, await app.QueryAsync<long>("SELECT count(*) FROM posts"));
    }

    [Fact]
    public async Task The_key_of_a_request_whose_client_has_gone_is_free_or_answered()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var key = Unique.Name();
        await using (var author = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {user.UserId} FOR UPDATE"))
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Post, "posts") { Content = Body, Headers = { { "Idempotency-Key", key } } };
            var first = user.Http.SendAsync(request, gone.Token);
            await author.WaitUntilBlockingAsync();
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }

        HttpResponseMessage repeated = null!;
        await TestPolling.EventuallyAsync(
            async () => (repeated = await PostAsync(user, key)).StatusCode != HttpStatusCode.Conflict, Deadline, "the key to be free");

        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Equal(1, await app.QueryAsync<long>($"SELECT count(*) FROM posts WHERE user_id = {user.UserId}"));
    }

    private static JsonContent Body => JsonContent.Create(new { title = "Title", body = "Body" });

    private static Task<HttpResponseMessage> PostAsync(ApiClient client, string key = "key") => client.SendAsync(HttpMethod.Post, "posts", Body, ("Idempotency-Key", key));

    private static async Task<ApiClient> AwaitRedisAsync(TestApplication app)
    {
        var client = app.CreateClient();
        await TestPolling.EventuallyAsync(async () => (await client.GetAsync("health")).StatusCode == HttpStatusCode.OK, Deadline, "Redis to be back");
        return client;
    }
}
