using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

public sealed class RequestIdTests(TestApplications applications)
{
    [Theory]
    [InlineData("health/live")]
    [InlineData("products/1")]
    [InlineData("nothing")]
    [InlineData("profile")]
    public async Task A_sane_id_of_the_caller_is_kept(string path)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var id = Unique.Name("trace_1.2");

        Assert.Equal(id, (await client.SendAsync(HttpMethod.Get, path, null, ("X-Request-ID", id))).Header("X-Request-ID"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\tb")]
    [InlineData("<script>")]
    [InlineData("a,b")]
    [InlineData("id\";x=\"")]
    [InlineData(129)]
    public async Task Any_other_id_is_replaced(object given)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var id = given as string ?? new string('x', (int)given);

        var first = (await client.SendAsync(HttpMethod.Get, "health/live", null, ("X-Request-ID", id))).Header("X-Request-ID");
        var second = (await client.SendAsync(HttpMethod.Get, "health/live", null, ("X-Request-ID", id))).Header("X-Request-ID");

        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.NotEqual(first, second);
    }
}
