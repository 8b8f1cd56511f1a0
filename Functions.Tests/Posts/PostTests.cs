using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Posts;

public sealed class PostTests(TestApplications applications)
{
    [Theory, ClassData<AnyRedis>]
    public async Task A_new_post_is_in_the_next_list_on_every_instance(RedisKind kind)
    {
        var app = await applications.GetAsync(kind);
        await using var other = await TestApplications.StartBesideAsync(app);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var nobody = other.CreateClient();
        var path = $"users/{user.UserId}/posts";
        Assert.Empty((await (await nobody.GetAsync(path)).JsonAsync()).GetProperty("items").EnumerateArray());
        Assert.Equal("hit", (await nobody.GetAsync(path)).Header("X-Cache"));

        var created = await user.PostAsync("posts", new { title = "Title 😀", body = "<b>Body</b>" });

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal($"/api/{path}", created.Header("Location"));
        var post = await created.JsonAsync();
        Assert.Equal(["id", "title", "body", "created_at"], post.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Title 😀", post.GetProperty("title").GetString());
        var list = await (await nobody.GetAsync(path)).JsonAsync();
        Assert.Equal(post.ToString(), Assert.Single(list.GetProperty("items").EnumerateArray()).ToString());
    }

    [Fact]
    public async Task Pages_run_from_the_newest_to_the_oldest_without_gap_or_overlap()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var made = new List<int>();
        for (var number = 0; number < 5; number++)
        {
            made.Add((await (await user.PostAsync("posts", new { title = $"{number}", body = "x" })).JsonAsync()).GetProperty("id").GetInt32());
        }

        var listed = new List<int>();
        string? cursor = null;
        do
        {
            var page = await (await user.GetAsync($"users/{user.UserId}/posts?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).JsonAsync();
            listed.AddRange(page.GetProperty("items").EnumerateArray().Select(post => post.GetProperty("id").GetInt32()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        made.Reverse();
        Assert.Equal(made, listed);
    }

    [Theory]
    [InlineData("""{"body": "x"}""", "title")]
    [InlineData("""{"title": "", "body": "x"}""", "title")]
    [InlineData("""{"title": "x"}""", "body")]
    [InlineData("""{"title": ["x"], "body": "x"}""", "title")]
    public async Task An_invalid_field_is_named(string body, string field)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await user.SendAsync(HttpMethod.Post, "posts", new StringContent(body, null, "application/json"));

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task The_longest_post_is_stored_whole_and_a_longer_one_refused()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        var body = new string('ü', 20_000);

        var stored = await user.PostAsync("posts", new { title = new string('t', 200), body });
        var refused = await user.PostAsync("posts", new { title = "t", body = body + "x" });

        Assert.Equal(body, (await stored.JsonAsync()).GetProperty("body").GetString());
        await refused.ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Posts_of_nobody_are_not_found()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        await (await client.GetAsync("users/2000000000/posts")).ProblemAsync(HttpStatusCode.NotFound, "No such user");
    }
}
