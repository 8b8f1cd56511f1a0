using System.Net;
using System.Text.Json;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Search;

public sealed class SearchTests(TestApplications applications)
{
    [Fact]
    public async Task The_best_match_comes_first()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var word = RandomWord();
        var weak = await CreateAsync(admin, "Thing", $"Something that mentions {word} once");
        var strong = await CreateAsync(admin, $"{word} {word}", $"All about {word}");

        var results = await SearchAsync(admin, word);

        Assert.Equal([strong, weak], results.Select(result => result.GetProperty("id").GetInt32()));
        Assert.Equal(["id", "name", "rank"], results[0].EnumerateObject().Select(member => member.Name));
        Assert.True(results[0].GetProperty("rank").GetDouble() > results[1].GetProperty("rank").GetDouble());
    }

    [Fact]
    public async Task Words_are_found_in_their_other_forms_and_in_any_case()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var word = RandomWord();
        var id = await CreateAsync(admin, $"{word} painting", "");

        foreach (var query in new[] { $"{word} paintings", $"{word} painted", $"{word.ToUpperInvariant()} PAINT" })
        {
            Assert.Equal(id, Assert.Single(await SearchAsync(admin, query)).GetProperty("id").GetInt32());
        }
    }

    [Fact]
    public async Task Phrases_and_exclusions_work_as_in_web_search()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var word = RandomWord();
        var green = await CreateAsync(admin, $"{word} green chair", "");
        var red = await CreateAsync(admin, $"{word} red chair", "");

        Assert.Equal(green, Assert.Single(await SearchAsync(admin, $"{word} -red")).GetProperty("id").GetInt32());
        Assert.Equal(red, Assert.Single(await SearchAsync(admin, $"\"{word} red\"")).GetProperty("id").GetInt32());
        Assert.Equal(2, (await SearchAsync(admin, $"\"{word} red\" or \"{word} green\"")).Length);
    }

    [Theory]
    [InlineData("'; DROP TABLE products; --")]
    [InlineData("\"unclosed")]
    [InlineData("\"\" '' \\")]
    [InlineData("& | ! <-> :* ( ) )(")]
    [InlineData("or or -- -or -")]
    [InlineData("😀 👩‍👩‍👧")]
    [InlineData("%")]
    [InlineData("\u202e\u200b\ufeff")]
    [InlineData("---------------------------------")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("\uD83D")]
    public async Task Hostile_queries_find_nothing_and_break_nothing(string query)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        Assert.Empty(await SearchAsync(client, query));
    }

    [Theory]
    [InlineData("search")]
    [InlineData("search?q=")]
    [InlineData("search?q=%20%20")]
    [InlineData("search?q=a%00b")]
    public async Task A_query_without_words_is_invalid(string path)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var problem = await (await client.GetAsync(path)).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.True(problem.GetProperty("errors").TryGetProperty("q", out _));
    }

    [Theory]
    [InlineData("x", 200, HttpStatusCode.OK)]
    [InlineData("x", 201, HttpStatusCode.BadRequest)]
    [InlineData("x", 7000, HttpStatusCode.BadRequest)]
    [InlineData("e\u0301", 200, HttpStatusCode.OK)]
    [InlineData("e\u0301", 201, HttpStatusCode.BadRequest)]
    [InlineData("🇩🇪", 200, HttpStatusCode.OK)]
    [InlineData("🇩🇪", 201, HttpStatusCode.BadRequest)]
    [InlineData("\u0301", 1200, HttpStatusCode.OK)]
    public async Task A_query_may_be_200_characters_long_as_people_count_them(string character, int length, HttpStatusCode expected)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var query = Uri.EscapeDataString(string.Concat(Enumerable.Repeat(character, length)));
        Assert.Equal(expected, (await client.GetAsync($"search?q={query}")).StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_break_nothing()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("search?q=chair%FF%ED%A0%80")).StatusCode);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_expensive_operation_may_be_used_five_times_an_hour(RedisKind kind)
    {
        using var client = (await applications.GetAsync(kind)).CreateClient();

        for (var remaining = 4; remaining >= 0; remaining--)
        {
            var response = await client.GetAsync("expensive-operation");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal($"{remaining}", response.Header("X-RateLimit-Remaining"));
            Assert.True((await response.JsonAsync()).GetProperty("result").GetArrayLength() >= 10);
        }

        var rejected = await client.GetAsync("expensive-operation");
        await rejected.ProblemAsync(HttpStatusCode.TooManyRequests);
        Assert.InRange(int.Parse(rejected.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 3500, 3600);
    }

    private static async Task<JsonElement[]> SearchAsync(ApiClient client, string query)
    {
        var response = await client.GetAsync($"search?q={Uri.EscapeDataString(query)}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. (await response.JsonAsync()).GetProperty("results").EnumerateArray()];
    }

    private static async Task<int> CreateAsync(ApiClient admin, string name, string description)
    {
        var response = await admin.PostAsync("products", new { name, description, price = 1, category_id = 1 });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.JsonAsync()).GetProperty("id").GetInt32();
    }

    // Letters only, and no ending that English would take for one: the stemmer leaves it alone.
    private static string RandomWord() => string.Concat(Guid.NewGuid().ToString("N").Select(digit => (char)('b' + Convert.ToInt32($"{digit}", 16)))) + "x";
}
