using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Products;

public sealed class ProductTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task The_second_read_is_a_hit_with_the_same_body_and_validator(RedisKind kind)
    {
        await using var app = await StartWithOwnCacheAsync(kind);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin);
        using var client = app.CreateClient();

        var first = await client.GetAsync($"products/{id}");
        var second = await client.GetAsync($"products/{id}");

        Assert.Equal("miss", first.Header("X-Cache"));
        Assert.Equal("hit", second.Header("X-Cache"));
        Assert.Equal(await first.TextAsync(), await second.TextAsync());
        Assert.Equal(first.Header("ETag"), second.Header("ETag"));
        Assert.NotNull(second.Header("Cache-Control"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_update_is_seen_by_the_next_read_on_every_instance(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin);
        using var here = app.CreateClient();
        using var there = other.CreateClient();
        await here.GetAsync($"products/{id}");
        await there.GetAsync($"products/{id}");

        var update = await admin.PutAsync($"products/{id}", new { price = 99.5m });

        Assert.Equal(HttpStatusCode.OK, update.StatusCode);
        foreach (var client in new[] { here, there })
        {
            var read = await client.GetAsync($"products/{id}");
            Assert.Equal(99.5m, (await read.JsonAsync()).GetProperty("price").GetDecimal());
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Readers_never_see_a_price_older_than_the_last_answered_update(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin, price: 0);
        using var done = new CancellationTokenSource();
        var committed = 0;

        var readers = new[] { app, other, app, other }.Select(instance => Task.Run(async () =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested)
            {
                // A new client each time: the limit is by address.
                using var client = instance.CreateClient();
                for (var i = 0; i < 50 && !done.IsCancellationRequested; i++, reads++)
                {
                    var before = Volatile.Read(ref committed);
                    using var response = await client.GetAsync($"products/{id}");
                    var price = (await response.JsonAsync()).GetProperty("price").GetDecimal();
                    Assert.True(price >= before, $"Read {price} after {before} had been answered.");
                }
            }

            return reads;
        })).ToArray();
        for (var price = 1; price <= 150; price++)
        {
            using var update = await admin.PutAsync($"products/{id}", new { price });
            Assert.Equal(HttpStatusCode.OK, update.StatusCode);
            Volatile.Write(ref committed, price);
        }

        await done.CancelAsync();
        Assert.True((await Task.WhenAll(readers)).Sum() > 150);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Lists_show_created_updated_and_deleted_products_at_once(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var client = app.CreateClient();
        const string Path = "products?category=7&limit=100";
        var before = (await (await client.GetAsync(Path)).JsonAsync()).GetProperty("items").GetArrayLength();
        var all = await ReadAllAsync(client, "products?category=7");

        var id = await CreateAsync(admin, categoryId: 7);
        var afterCreate = await ReadAllAsync(client, "products?category=7");
        await admin.PutAsync($"products/{id}", new { name = "Renamed" });
        var afterUpdate = await ReadAllAsync(client, "products?category=7");
        await admin.DeleteAsync($"products/{id}");
        var afterDelete = await ReadAllAsync(client, "products?category=7");

        Assert.Equal(100, before);
        Assert.Contains(id, afterCreate.Keys);
        Assert.Equal("Renamed", afterUpdate[id]);
        Assert.Equal(all.Keys.Order(), afterDelete.Keys.Order());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_deleted_product_is_gone_and_a_missing_one_is_cached_as_missing(RedisKind kind)
    {
        await using var app = await StartWithOwnCacheAsync(kind);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin);
        using var client = app.CreateClient();
        await client.GetAsync($"products/{id}");

        var deleted = await admin.DeleteAsync($"products/{id}");
        var first = await client.GetAsync($"products/{id}");
        var second = await client.GetAsync($"products/{id}");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await first.ProblemAsync(HttpStatusCode.NotFound, "No such product");
        Assert.Equal("miss", first.Header("X-Cache"));
        Assert.Equal("hit", second.Header("X-Cache"));
        await second.ProblemAsync(HttpStatusCode.NotFound, "No such product");
    }

    [Fact]
    public async Task A_conditional_request_is_answered_with_304_until_the_product_changes()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin);
        using var client = app.CreateClient();
        var etag = (await client.GetAsync($"products/{id}")).Header("ETag")!;

        var unchanged = await client.SendAsync(HttpMethod.Get, $"products/{id}", null, ("If-None-Match", etag));
        await admin.PutAsync($"products/{id}", new { price = 3 });
        var changed = await client.SendAsync(HttpMethod.Get, $"products/{id}", null, ("If-None-Match", etag));

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(etag, unchanged.Header("ETag"));
        Assert.Equal("", await unchanged.TextAsync());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(etag, changed.Header("ETag"));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_overlap()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();

        var page = await (await client.GetAsync("products?category=3&limit=7")).JsonAsync();
        var all = await ReadAllAsync(client, "products?category=3");

        Assert.Equal(7, page.GetProperty("items").GetArrayLength());
        Assert.Equal(100, all.Count);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=abc", "limit")]
    [InlineData("cursor=!!", "cursor")]
    [InlineData("cursor=AAAA", "cursor")]
    [InlineData("category=-1", "category")]
    [InlineData("category=99999999999999999999", "category")]
    public async Task A_wrong_query_parameter_is_named(string query, string field)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var problem = await (await client.GetAsync($"products?{query}")).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Theory]
    [InlineData("""{"price": -1}""", "price")]
    [InlineData("""{"price": 1.005}""", "price")]
    [InlineData("""{"price": "1"}""", "price")]
    [InlineData("""{"price": 1e300}""", "price")]
    [InlineData("""{"name": ""}""", "name")]
    [InlineData("""{"name": "a\u0000b"}""", "name")]
    [InlineData("""{"category_id": 123456}""", "category_id")]
    [InlineData("""{}""", "body")]
    public async Task A_wrong_field_is_named_and_nothing_changes(string body, string field)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var before = await (await admin.GetAsync("products/8")).TextAsync();

        var response = await admin.SendAsync(HttpMethod.Put, "products/8", new StringContent(body, null, "application/json"));

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
        Assert.Equal(before, await (await admin.GetAsync("products/8")).TextAsync());
    }

    [Fact]
    public async Task A_product_deleted_during_its_update_is_not_found()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var id = await CreateAsync(admin);
        await using var deletion = await RowLock.TakeAsync(app, $"DELETE FROM products WHERE id = {id}");

        var update = admin.PutAsync($"products/{id}", new { price = 2 });
        await deletion.WaitUntilBlockingAsync();
        await deletion.CommitAsync();

        await (await update).ProblemAsync(HttpStatusCode.NotFound, "No such product");
    }

    [Fact]
    public async Task Only_administrators_write()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = app.CreateClient();

        await (await user.PutAsync("products/1", new { price = 1 })).ProblemAsync(HttpStatusCode.Forbidden);
        await (await user.DeleteAsync("products/1")).ProblemAsync(HttpStatusCode.Forbidden);
        await (await user.PostAsync("products", new { name = "x", price = 1, category_id = 1 })).ProblemAsync(HttpStatusCode.Forbidden);
        await (await nobody.PutAsync("products/1", new { price = 1 })).ProblemAsync(HttpStatusCode.Unauthorized, "Missing session ID");
    }

    // What tells its tags is stored only if no tag at all was removed meanwhile; other tests remove theirs at any time.
    private async Task<TestApplication> StartWithOwnCacheAsync(RedisKind kind) => await TestApplications.StartBesideAsync(
        await applications.GetAsync(kind), new Dictionary<string, string?> { ["Cache__KeyPrefix"] = $"{Unique.Name("cache")}:" });

    private static async Task<int> CreateAsync(ApiClient admin, decimal price = 10, int categoryId = 1)
    {
        var response = await admin.PostAsync("products", new { name = "Thing", description = "A thing", price, category_id = categoryId });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var id = (await response.JsonAsync()).GetProperty("id").GetInt32();
        Assert.Equal($"/api/products/{id}", response.Header("Location"));
        return id;
    }

    private static async Task<Dictionary<int, string>> ReadAllAsync(ApiClient client, string path)
    {
        var products = new Dictionary<int, string>();
        string? cursor = null;
        do
        {
            var page = await (await client.GetAsync($"{path}&limit=30{(cursor is null ? "" : $"&cursor={cursor}")}")).JsonAsync();
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                products.Add(item.GetProperty("id").GetInt32(), item.GetProperty("name").GetString()!);
            }

            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return products;
    }
}
