using System.Net;
using System.Net.Http.Json;
using Functions.Http;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;

namespace Functions.Tests.Http;

/// <summary>Changes on condition that nobody has changed the resource meanwhile (RFC 9110, section 13).</summary>
public sealed class PreconditionTests(TestApplications applications)
{
    private const string Tag = "\"abc\"";

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("*", null, true)]
    [InlineData("\"abc\"", null, true)]
    [InlineData("\"x\", \"abc\"", null, true)]
    [InlineData("\"x\",\"abc\",\"y\"", null, true)]
    [InlineData("\"ABC\"", null, false)]
    [InlineData("W/\"abc\"", null, false)]
    [InlineData("w/\"abc\"", null, false)]
    [InlineData("abc", null, false)]
    [InlineData("\"abc", null, false)]
    [InlineData("'abc'", null, false)]
    [InlineData("\"x,\\\"abc\\\",y\"", null, false)]
    [InlineData("\"x,abc\"", null, false)]
    [InlineData("", null, false)]
    [InlineData(",", null, false)]
    [InlineData("\"*\"", null, false)]
    [InlineData(null, "*", false)]
    [InlineData(null, "\"abc\"", false)]
    [InlineData(null, "W/\"abc\"", false)]
    [InlineData(null, "\"x\", W/\"abc\"", false)]
    [InlineData(null, "\"x,abc\"", true)]
    [InlineData(null, "\"x\"", true)]
    [InlineData(null, "nonsense", true)]
    [InlineData("\"abc\"", "\"abc\"", false)]
    [InlineData("\"abc\"", "\"x\"", true)]
    [InlineData("\"x\"", "\"y\"", false)]
    public void Tags_are_compared_as_the_standard_says(string? ifMatch, string? ifNoneMatch, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        if (ifMatch is not null)
        {
            request.Headers.IfMatch = ifMatch;
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.IfNoneMatch = ifNoneMatch;
        }

        var conditions = Preconditions.Of(request);

        Assert.Equal(expected, conditions.IsMatch(Tag) && conditions.IsNoneMatch(Tag));
    }

    [Fact]
    public void Several_lines_of_a_header_are_one_list()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfMatch = new(["\"x\"", "\"abc\", \"y\""]);

        Assert.True(Preconditions.Of(request).IsMatch(Tag));
    }

    [Fact]
    public async Task A_client_writes_again_with_the_tag_of_its_last_answer()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var there = other.CreateClient();
        there.Session = admin.Session;

        using var created = await CreateAsync(admin);
        var path = PathOf(created);
        using var read = await there.GetAsync(path);
        using var first = await PutAsync(there, path, new { price = 1.5m }, ("If-Match", created.Header("ETag")!));
        using var second = await PutAsync(admin, path, new { name = "Zweites – 👍", description = "x" }, ("If-Match", first.Header("ETag")!));
        using var readAgain = await there.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", second.Header("ETag")!));
        using var full = await there.GetAsync(path);
        using var deleted = await there.SendAsync(HttpMethod.Delete, path, null, ("If-Match", second.Header("ETag")!));

        Assert.Equal(created.Header("ETag"), read.Header("ETag"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal(4, new[] { created, first, second }.Select(response => response.Header("ETag")).Append(null).Distinct().Count());
        Assert.Equal(HttpStatusCode.NotModified, readAgain.StatusCode);
        Assert.Equal((second.Header("ETag"), await second.TextAsync()), (full.Header("ETag"), await full.TextAsync()));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Theory]
    [InlineData("If-Match", "\"other\"")]
    [InlineData("If-Match", "W/{etag}")]
    [InlineData("If-Match", "nonsense")]
    [InlineData("If-Match", "")]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-None-Match", "{etag}")]
    [InlineData("If-None-Match", "\"other\", W/{etag}")]
    public async Task A_condition_that_does_not_hold_changes_nothing(string header, string value)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var created = await CreateAsync(admin);
        var path = PathOf(created);
        var condition = (header, value.Replace("{etag}", created.Header("ETag"), StringComparison.Ordinal));

        using var put = await PutAsync(admin, path, new { price = 7 }, condition);
        using var missingCategory = await PutAsync(admin, path, new { category_id = 123456 }, condition);
        using var delete = await admin.SendAsync(HttpMethod.Delete, path, null, condition);

        await put.ProblemAsync(HttpStatusCode.PreconditionFailed, "Precondition failed");
        await missingCategory.ProblemAsync(HttpStatusCode.PreconditionFailed);
        await delete.ProblemAsync(HttpStatusCode.PreconditionFailed, "Precondition failed");
        Assert.Equal(await created.TextAsync(), await (await admin.GetAsync(path)).TextAsync());
    }

    [Theory]
    [InlineData("*")]
    [InlineData("{etag}")]
    [InlineData("\"a,b\", {etag}")]
    public async Task A_condition_that_holds_lets_the_change_pass(string value)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var created = await CreateAsync(admin);

        using var put = await PutAsync(
            admin, PathOf(created), new { price = 7 }, ("If-Match", value.Replace("{etag}", created.Header("ETag"), StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_whatever_the_condition()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();

        foreach (var path in new[] { "products/999999999", "users/999999999" })
        {
            foreach (var condition in new[] { ("If-Match", "*"), ("If-Match", "\"x\""), ("If-None-Match", "*") })
            {
                await (await PutAsync(admin, path, new { name = "Nobody" }, condition)).ProblemAsync(HttpStatusCode.NotFound);
                await (await admin.SendAsync(HttpMethod.Delete, path, null, condition)).ProblemAsync(HttpStatusCode.NotFound);
            }
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Of_several_writers_with_one_tag_exactly_one_wins(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var there = other.CreateClient();
        there.Session = admin.Session;
        using var created = await CreateAsync(admin);
        var path = PathOf(created);
        var condition = ("If-Match", created.Header("ETag")!);

        // All have read; the row is locked until the first of them waits for it, so that none is done before another begins.
        Task<HttpResponseMessage>[] writers;
        await using (var row = await RowLock.TakeAsync(app, $"SELECT 1 FROM products WHERE id = {path.Split('/')[1]} FOR UPDATE"))
        {
            writers = [.. Enumerable.Range(1, 8).Select(i => PutAsync(i % 2 == 0 ? admin : there, path, new { price = i }, condition)), Delete(admin), Delete(there)];
            await row.WaitUntilBlockingAsync();
            await row.CommitAsync();
        }

        var answers = await Task.WhenAll(writers);

        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        // After a deletion there is nothing left to have a tag.
        Assert.All(answers.Where(answer => !answer.IsSuccessStatusCode), answer => Assert.True(answer.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.NotFound));
        using var read = await there.GetAsync(path);
        var winner = answers.Single(answer => answer.IsSuccessStatusCode);
        Assert.Equal(winner.StatusCode == HttpStatusCode.OK ? winner.Header("ETag") : null, read.Header("ETag"));

        Task<HttpResponseMessage> Delete(ApiClient client) => client.SendAsync(HttpMethod.Delete, path, null, condition);
    }

    [Fact]
    public async Task An_answer_shows_what_others_have_changed_meanwhile()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var created = await CreateAsync(admin);
        var path = PathOf(created);
        await using var beside = await RowLock.TakeAsync(app, $"UPDATE products SET price = 77 WHERE id = {path.Split('/')[1]}");

        var update = PutAsync(admin, path, new { name = "Renamed" });
        await beside.WaitUntilBlockingAsync();
        await beside.CommitAsync();

        var answer = await (await update).JsonAsync();
        Assert.Equal(("Renamed", 77m), (answer.GetProperty("name").GetString(), answer.GetProperty("price").GetDecimal()));
        Assert.Equal((await update).Header("ETag"), (await admin.GetAsync(path)).Header("ETag"));
    }

    [Fact]
    public async Task Each_version_is_later_than_the_one_before_whatever_the_clocks_say()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var created = await CreateAsync(admin);
        var path = PathOf(created);
        // The clock of the instance before was ahead.
        var ahead = await app.QueryAsync<DateTime>(
            $"UPDATE products SET updated_at = date_trunc('hour', now() + interval '2 hours') WHERE id = {path.Split('/')[1]} RETURNING updated_at");

        using var first = await PutAsync(admin, path, new { price = 3 });
        using var second = await PutAsync(admin, path, new { price = 3 });
        using var late = await PutAsync(admin, path, new { price = 3 }, ("If-Match", first.Header("ETag")!));

        Assert.Equal(ahead.AddMicroseconds(1), await TimeOfAsync(first));
        Assert.Equal(ahead.AddMicroseconds(2), await TimeOfAsync(second));
        Assert.NotEqual(first.Header("ETag"), second.Header("ETag"));
        await late.ProblemAsync(HttpStatusCode.PreconditionFailed);

        static async Task<DateTime> TimeOfAsync(HttpResponseMessage response) => (await response.JsonAsync()).GetProperty("updated_at").GetDateTimeOffset().UtcDateTime;
    }

    [Fact]
    public async Task A_repeated_creation_hands_out_the_same_tag()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var key = ("Idempotency-Key", Unique.Name());

        using var first = await CreateAsync(admin, key);
        using var second = await CreateAsync(admin, key);
        using var read = await admin.GetAsync(PathOf(first));

        Assert.NotNull(first.Header("ETag"));
        Assert.Equal((first.Header("ETag"), first.Header("Location")), (second.Header("ETag"), second.Header("Location")));
        Assert.Equal(first.Header("ETag"), read.Header("ETag"));
    }

    [Fact]
    public async Task What_has_no_address_of_its_own_hands_out_no_tag()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        using var post = await user.SendAsync(HttpMethod.Post, "posts", JsonContent.Create(new { title = "a", body = "b" }), ("Idempotency-Key", Unique.Name()));
        using var missing = await user.GetAsync("products/999999999");

        Assert.Equal(HttpStatusCode.Created, post.StatusCode);
        Assert.Null(post.Header("ETag"));
        Assert.Null(missing.Header("ETag"));
    }

    [Fact]
    public async Task An_account_is_changed_by_the_tag_that_its_owner_sees()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var owner = app.CreateClient();
        var email = $"{Unique.Name()}@example.com";
        using var registered = await owner.PostAsync("register", new { email, name = "Ada", password = ApiClient.Password });
        await owner.AsAsync(email, ApiClient.Password);
        using var nobody = app.CreateClient();
        using var admin = await app.CreateClient().AsAdminAsync();
        var path = $"users/{owner.UserId}";

        using var own = await owner.GetAsync(path);
        using var byPublicTag = await PutAsync(owner, path, new { name = "Eve" }, ("If-Match", (await nobody.GetAsync(path)).Header("ETag")!));
        using var first = await PutAsync(owner, path, new { name = "Ada L." }, ("If-Match", own.Header("ETag")!));
        using var stale = await PutAsync(owner, path, new { name = "Eve" }, ("If-Match", own.Header("ETag")!));
        using var second = await PutAsync(admin, path, new { name = "Ada Lovelace" }, ("If-Match", first.Header("ETag")!));
        using var unchanged = await owner.SendAsync(HttpMethod.Get, path, null, ("If-None-Match", second.Header("ETag")!));
        using var staleDelete = await owner.SendAsync(HttpMethod.Delete, path, null, ("If-Match", own.Header("ETag")!));
        using var stillSignedIn = await owner.GetAsync("protected");
        using var deleted = await owner.SendAsync(HttpMethod.Delete, path, null, ("If-Match", second.Header("ETag")!));

        Assert.Equal(own.Header("ETag"), registered.Header("ETag"));
        await byPublicTag.ProblemAsync(HttpStatusCode.PreconditionFailed);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        await stale.ProblemAsync(HttpStatusCode.PreconditionFailed, "Precondition failed");
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        await staleDelete.ProblemAsync(HttpStatusCode.PreconditionFailed);
        Assert.Equal(HttpStatusCode.OK, stillSignedIn.StatusCode);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
    }

    [Fact]
    public async Task Of_several_changes_of_an_account_with_one_tag_exactly_one_wins()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var owner = await app.CreateClient().AsNewUserAsync();
        var path = $"users/{owner.UserId}";
        var condition = ("If-Match", (await owner.GetAsync(path)).Header("ETag")!);

        Task<HttpResponseMessage>[] writers;
        await using (var row = await RowLock.TakeAsync(app, $"SELECT 1 FROM users WHERE id = {owner.UserId} FOR UPDATE"))
        {
            writers = [.. Enumerable.Range(1, 6).Select(i => PutAsync(owner, path, new { name = $"Name {i}" }, condition))];
            await row.WaitUntilBlockingAsync();
            await row.CommitAsync();
        }

        var answers = await Task.WhenAll(writers);

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Equal(answers.Single(answer => answer.IsSuccessStatusCode).Header("ETag"), (await owner.GetAsync(path)).Header("ETag"));
    }

    [Theory]
    [InlineData("GET", "If-Match", "\"other\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("HEAD", "If-Match", "W/{etag}", HttpStatusCode.PreconditionFailed)]
    [InlineData("GET", "If-Match", "{etag}", HttpStatusCode.OK)]
    [InlineData("GET", "If-None-Match", "W/{etag}", HttpStatusCode.NotModified)]
    [InlineData("GET", "If-None-Match", "*", HttpStatusCode.NotModified)]
    [InlineData("GET", "If-None-Match", "\"a\", {etag}", HttpStatusCode.NotModified)]
    [InlineData("GET", "If-None-Match", "\"a,{tag},b\"", HttpStatusCode.OK)]
    public async Task Reads_have_conditions_too(string method, string header, string value, HttpStatusCode expected)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var etag = (await client.GetAsync("products/5")).Header("ETag")!;

        using var response = await client.SendAsync(
            new HttpMethod(method), "products/5", null,
            (header, value.Replace("{etag}", etag, StringComparison.Ordinal).Replace("{tag}", etag.Trim('"'), StringComparison.Ordinal)));

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(etag, response.Header("ETag"));
        Assert.NotNull(response.Header("Cache-Control"));
    }

    private static async Task<HttpResponseMessage> CreateAsync(ApiClient admin, params IEnumerable<(string, string)> headers)
    {
        var created = await admin.SendAsync(HttpMethod.Post, "products", JsonContent.Create(new { name = "Thing", price = 10, category_id = 1 }), headers);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        return created;
    }

    private static string PathOf(HttpResponseMessage created) => created.Header("Location")!["/api/".Length..];

    private static Task<HttpResponseMessage> PutAsync(ApiClient client, string path, object body, params IEnumerable<(string, string)> headers) =>
        client.SendAsync(HttpMethod.Put, path, JsonContent.Create(body), headers);
}
