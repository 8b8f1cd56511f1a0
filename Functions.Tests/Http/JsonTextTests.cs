using System.Net;
using System.Net.Http.Json;
using System.Text;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Tests.Application;
using Functions.Tests.Events;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>Whatever the application writes as JSON is readable text, in UTF-8.</summary>
public sealed class JsonTextTests(TestApplications applications)
{
    private const string Text = "Crème brûlée – 焼きプリン 🍮 𠮷野家 a\u00a0b";

    [Fact]
    public async Task A_product_is_written_as_text_when_it_is_made_changed_read_and_read_from_the_cache()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var admin = await app.CreateClient().AsAdminAsync();
        var key = ("Idempotency-Key", Unique.Name());
        // The client escapes; so do most.
        var request = System.Text.Json.JsonSerializer.Serialize(new { name = Text, price = 1, category_id = 1 });
        Assert.Contains("\\uD83C", request, StringComparison.Ordinal);

        var created = await admin.SendAsync(HttpMethod.Post, "products", Body(), key);
        var repeated = await admin.SendAsync(HttpMethod.Post, "products", Body(), key);
        var path = created.Header("Location")!["/api/".Length..];
        var changed = await admin.PutAsync(path, new { price = 2 });
        var (first, second) = (await admin.GetAsync(path), await admin.GetAsync(path));

        foreach (var response in new[] { created, repeated, changed, first, second })
            Assert.Contains($"\"name\":\"{Text}\"", await response.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("utf-8", first.Content.Headers.ContentType?.CharSet);

        StringContent Body() => new(request, Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task Messages_events_and_notifications_are_written_as_text()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var user = await app.CreateClient().AsNewUserAsync();
        using var stream = await EventReader.OpenAsync(user);

        await user.PostAsync("messages", new { recipient_id = user.UserId, content = Text });

        Assert.Contains($"\"content\":\"{Text}\"", await (await user.GetAsync("messages")).TextAsync(), StringComparison.Ordinal);
        Assert.Contains($"\"preview\":\"{Text}\"", (await stream.NextAsync("new_message")).Data.GetRawText(), StringComparison.Ordinal);
        await TestPolling.EventuallyAsync(
            async () => (await (await user.GetAsync("notifications")).TextAsync()).Contains($"\"preview\":\"{Text}\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            "the notification, as text");
    }

    [Fact]
    public async Task Problems_are_written_as_text()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);

        var answer = await StoredAnswer.CaptureAsync(Problems.Invalid(Text, Text), app.Services);

        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Contains($"\"errors\":{{\"{Text}\":[\"{Text}\"]}}", Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
    }
}
