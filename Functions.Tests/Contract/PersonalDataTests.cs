using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Functions.Tests.Application;
using Functions.Tests.Events;
using Functions.Tests.Servers;
using Functions.Tests.Users;

namespace Functions.Tests.Contract;

/// <summary>What Redis knows of people, as docs/sessions.md tells it.</summary>
public sealed class PersonalDataTests(TestApplications applications)
{
    // Where addresses may be read, by the beginning of the key.
    private static readonly string[] Emails = ["cache:{user:", "cache:{account:", "idempotency:", "{tasks}:"];
    private static readonly string[] Addresses = ["session:"];

    [Fact]
    public async Task No_key_names_anybody_and_addresses_are_where_the_documentation_says()
    {
        await using var redis = await RedisProcess.StartNewAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString, new Dictionary<string, string?> { ["Http__NetworkLimitFactor"] = "20" });
        using var user = app.CreateClient();
        using var admin = await app.CreateClient().AsAdminAsync();
        var email = $"{Unique.Name()}@example.com";
        using (await user.SendAsync(
            HttpMethod.Post, "register", JsonContent.Create(new { email, name = "Ada", password = ApiClient.Password }), ("Idempotency-Key", $"key-{email}")))
        {
        }

        using (await user.PostAsync("login", new { email, password = "a wrong password" }))
        {
        }

        await user.AsAsync(email, ApiClient.Password);
        using (await EventReader.OpenAsync(user))
        {
        }

        foreach (var path in new[] { "search?q=chair", "profile", "products", $"users/{user.UserId}", "sessions", "messages", "presence" })
        {
            using var answer = await user.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        foreach (var (client, path, body) in new (ApiClient, string, object)[]
        {
            (user, "password/forgot", new { email }),
            (user, "email/verification", new { }),
            (user, "messages", new { recipient_id = 1, content = "Hello" }),
            (admin, "emails", new { to = email, subject = "Hello", body = "World" }),
        })
        {
            using var answer = await client.SendAsync(HttpMethod.Post, path, JsonContent.Create(body), ("Idempotency-Key", $"key-{email}"));
            Assert.True(answer.IsSuccessStatusCode, path);
        }

        var address = user.Address;
        var network = address[..address.LastIndexOf('.')];
        var withEmail = await Remains.InRedisAsync(redis, new Regex(Regex.Escape(email), RegexOptions.IgnoreCase));
        var withAddress = await Remains.InRedisAsync(redis, new Regex($@"\b{Regex.Escape(network)}\b"));
        var withToken = await Remains.InRedisAsync(redis, new Regex(Regex.Escape(user.Session!)));
        var all = await Remains.InRedisAsync(redis, new Regex(""));

        Assert.DoesNotContain(all, entry => entry.Key.Contains('@') || entry.Key.Contains(network, StringComparison.Ordinal));
        Assert.All(withEmail, entry => Assert.Contains(Emails, prefix => entry.Key.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.All(withAddress, entry => Assert.Contains(Addresses, prefix => entry.Key.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.NotEmpty(withAddress); // It looks where there is something.
        Assert.Contains(withEmail, entry => entry.Key.StartsWith("idempotency:", StringComparison.Ordinal));
        Assert.Empty(withToken);
    }
}
