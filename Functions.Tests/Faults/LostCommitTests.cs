using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults;

/// <summary>Changes that are made and whose callers are told that nobody knows: the cache must not hide them.</summary>
public sealed class LostCommitTests(TestApplications applications)
{
    [Fact]
    public async Task What_was_committed_is_seen_although_the_answer_to_the_commit_was_lost()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var first = await applications.StartNewAsync(redis.ConnectionString);
        var (proxy, postgres) = TcpProxy.StartBefore(first.Postgres);
        await using var closing = proxy;
        await using var app = await TestApplication.StartAsync(redis.ConnectionString, postgres);
        using var admin = await app.CreateClient().AsAdminAsync();
        var posts = $"users/{admin.UserId}/posts";
        const string products = "products?limit=100";
        await first.QueryAsync<int>("WITH gone AS (DELETE FROM products WHERE id > 50 RETURNING 1) SELECT count(*)::int FROM gone"); // One page remains.
        Assert.Equal((0, 50), (await CountAsync(admin, posts), await CountAsync(admin, products)));

        proxy.LoseCommitAfter("INSERT INTO posts");
        await (await admin.PostAsync("posts", new { title = "Hello", body = "World" })).ProblemAsync(HttpStatusCode.ServiceUnavailable);
        proxy.LoseCommitAfter("INSERT INTO products");
        await (await admin.PostAsync("products", new { name = "Kettle", price = 5, category_id = 1 })).ProblemAsync(HttpStatusCode.ServiceUnavailable);

        Assert.False(proxy.HasCommitToLose);
        Assert.Equal((1, 51), (await CountAsync(admin, posts), await CountAsync(admin, products)));
    }

    private static async Task<int> CountAsync(ApiClient client, string path) =>
        (await (await client.GetAsync(path)).JsonAsync()).GetProperty("items").GetArrayLength();
}
