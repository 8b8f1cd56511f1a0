using System.Net;
using Functions.Redis.Caching;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Functions.Tests.Caching;

public sealed class CacheFunctionTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task Removing_a_tag_shows_what_was_changed_past_the_application_on_every_instance(RedisKind kind)
    {
        // In a keyspace of their own: any removal keeps what other tests make meanwhile from being stored, and theirs what is made here.
        var settings = new Dictionary<string, string?> { ["Cache__KeyPrefix"] = $"{Unique.Name("cache")}:" };
        var shared = await applications.GetAsync(kind);
        await using var app = await TestApplications.StartBesideAsync(shared, settings);
        await using var beside = await TestApplications.StartBesideAsync(shared, settings);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var here = app.CreateClient();
        using var there = beside.CreateClient();
        foreach (var (tag, name) in new[] { ("category:9", "One"), ("products", "Two"), ("product:19", "Three"), ("*", "Four") })
        {
            // Product 19 is of category 9.
            await here.GetAsync("products/19");
            await ExecuteAsync(app.Postgres, $"UPDATE products SET name = '{name}' WHERE id = 19");
            Assert.NotEqual(name, await NameAsync(there));

            var removed = await admin.DeleteAsync($"cache/tags/{tag}");

            Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
            Assert.True((await removed.JsonAsync()).GetProperty("invalidated").GetBoolean());
            Assert.Equal(name, await NameAsync(here));
            Assert.Equal(name, await NameAsync(there));
        }
    }

    [Fact]
    public async Task Only_administrators_remove_tags()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var nobody = app.CreateClient();
        using var user = await app.CreateClient().AsNewUserAsync();

        await (await nobody.DeleteAsync("cache/tags/products")).ProblemAsync(HttpStatusCode.Unauthorized);
        await (await user.DeleteAsync("cache/tags/products")).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_tag_that_is_too_long_is_refused()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();

        await (await admin.DeleteAsync($"cache/tags/{new string('x', 1025)}")).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_expired_answer_is_served_while_the_database_fails_and_a_removed_one_is_not()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var client = app.CreateClient();
        using var admin = await app.CreateClient().AsAdminAsync();
        var fresh = await (await client.GetAsync("products/5")).TextAsync();
        await client.GetAsync("products/6");
        await using var connection = await redis.ConnectAsync();
        var prefix = app.Services.GetRequiredService<CacheOptions>().KeyPrefix;
        // As if ten minutes had passed: what is left is the hour for which the entry is kept after that.
        await connection.GetDatabase().KeyExpireAsync($"{prefix}{{product:5}}", TimeSpan.FromMinutes(59));
        await admin.DeleteAsync("cache/tags/product:6");
        await ExecuteAsync(app.Postgres, "ALTER TABLE products RENAME TO away");

        var expired = await client.GetAsync("products/5");
        var removed = await client.GetAsync("products/6");

        Assert.Equal(HttpStatusCode.OK, expired.StatusCode);
        Assert.Equal("stale", expired.Header("X-Cache"));
        Assert.Equal(fresh, await expired.TextAsync());
        Assert.Equal(HttpStatusCode.InternalServerError, removed.StatusCode);

        await ExecuteAsync(app.Postgres, "ALTER TABLE away RENAME TO products");
        var back = await client.GetAsync("products/5");
        Assert.Equal("miss", back.Header("X-Cache"));
    }

    private static async Task<string?> NameAsync(ApiClient client) =>
        (await (await client.GetAsync("products/19")).JsonAsync()).GetProperty("name").GetString();

    private static async Task ExecuteAsync(string postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
