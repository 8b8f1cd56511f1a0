using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Functions.Products;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Products;

/// <summary>A price looks the same wherever it is shown.</summary>
public sealed partial class PriceTests(TestApplications applications)
{
    [Theory]
    [InlineData("1.5", "1.50")]
    [InlineData("1.50", "1.50")]
    [InlineData("1.500", "1.50")]
    [InlineData("15e-1", "1.50")]
    [InlineData("1.50000000000000000000", "1.50")]
    [InlineData("7", "7.00")]
    [InlineData("7e2", "700.00")]
    [InlineData("0", "0.00")]
    [InlineData("-0.0", "0.00")]
    [InlineData("9999999999.99", "9999999999.99")]
    public async Task A_price_has_two_decimals_in_every_answer_however_it_was_sent(string sent, string shown)
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        using var client = app.CreateClient();

        var created = await admin.SendAsync(HttpMethod.Post, "products", Json($$"""{"name": "Thing", "price": {{sent}}, "category_id": 9}"""));
        var path = created.Header("Location")!["/api/".Length..];
        var id = path.Split('/')[1];
        var renamed = await admin.PutAsync(path, new { name = "Other thing" });
        var repriced = await admin.SendAsync(HttpMethod.Put, path, Json($$"""{"price": {{sent}}}"""));
        var (first, second) = (await client.GetAsync(path), await client.GetAsync(path));
        var cursor = Cursor(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture) - 1);
        var list = await client.GetAsync($"products?limit=1&cursor={cursor}");

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        foreach (var response in new[] { created, renamed, repriced, first, second, list })
        {
            var text = await response.TextAsync();
            Assert.Contains($"\"id\":{id},", text, StringComparison.Ordinal);
            Assert.Contains($"\"price\":{shown},", text, StringComparison.Ordinal);
        }

        await admin.DeleteAsync(path);
    }

    [Fact]
    public async Task Prices_in_statistics_have_two_decimals()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var prices = PriceMember().Matches(await (await client.GetAsync("expensive-operation")).TextAsync());

        Assert.InRange(prices.Count, 30, int.MaxValue);
        Assert.All(prices, price => Assert.Matches(@"^\d+\.\d\d$", price.Groups["value"].Value));
    }

    [Fact]
    public void Whoever_adds_a_price_to_an_answer_has_it_written_like_the_others()
    {
        // All amounts of the API are prices. Bodies of requests are read only, entities are no answers.
        var written = typeof(ProductAnswer).Assembly.GetExportedTypes()
            .Where(type => type.Namespace != "Functions.Data" && !type.Name.EndsWith("Request", StringComparison.Ordinal))
            .SelectMany(type => type.GetProperties().Where(property => Nullable.GetUnderlyingType(property.PropertyType) == typeof(decimal) || property.PropertyType == typeof(decimal)))
            .ToList();

        Assert.NotEmpty(written);
        Assert.All(written, property => Assert.True(
            property.GetCustomAttribute<JsonConverterAttribute>()?.ConverterType == typeof(PriceConverter),
            $"{property.DeclaringType!.Name}.{property.Name} needs [JsonConverter(typeof(PriceConverter))]."));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static string Cursor(long id)
    {
        var bytes = BitConverter.GetBytes(id);
        Array.Reverse(bytes);
        return System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    [GeneratedRegex("\"[a-z]+_price\":(?<value>[^,}]*)")]
    private static partial Regex PriceMember();
}
