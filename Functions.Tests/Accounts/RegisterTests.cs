using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Accounts;

public sealed class RegisterTests(TestApplications applications)
{
    [Fact]
    public async Task The_answer_is_the_account_and_where_it_is()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var email = NewEmail();

        var response = await client.PostAsync("register", new { email, name = " Ada ", password = ApiClient.Password });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var account = await response.JsonAsync();
        var id = account.GetProperty("id").GetInt32();
        Assert.Equal(["id", "email", "name"], account.EnumerateObject().Select(member => member.Name));
        Assert.Equal(email, account.GetProperty("email").GetString());
        Assert.Equal("Ada", account.GetProperty("name").GetString());
        Assert.Equal($"/api/users/{id}", response.Header("Location"));
        Assert.Equal("Ada", (await (await client.GetAsync($"users/{id}")).JsonAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task An_address_that_differs_in_case_or_blanks_only_is_taken()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        var email = NewEmail();
        await client.PostAsync("register", new { email, name = "First", password = ApiClient.Password });

        var second = await client.PostAsync("register", new { email = $" {email.ToUpperInvariant()} ", name = "Second", password = ApiClient.Password });

        await second.ProblemAsync(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("email", "")]
    [InlineData("email", "plain")]
    [InlineData("email", "a@b")]
    [InlineData("email", "Ada <ada@example.com>")]
    [InlineData("email", "a@example.com,b@example.com")]
    [InlineData("email", "a@example.com\nBcc: b@example.com")]
    [InlineData("name", "")]
    [InlineData("name", "   ")]
    [InlineData("name", "line\nbreak")]
    [InlineData("password", "too short")]
    [InlineData("password", null)]
    public async Task An_invalid_field_is_named(string field, string? value)
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var body = new Dictionary<string, string?> { ["email"] = NewEmail(), ["name"] = "Ada", ["password"] = ApiClient.Password, [field] = value };

        var problem = await (await client.PostAsync("register", body)).ProblemAsync(HttpStatusCode.BadRequest);

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task All_invalid_fields_are_named_at_once()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();

        var problem = await (await client.PostAsync("register", new { email = new string('a', 300) + "@example.com", name = new string('n', 101), password = new string('p', 129) }))
            .ProblemAsync(HttpStatusCode.BadRequest);

        Assert.Equal(["email", "name", "password"], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task The_address_is_no_password()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var email = NewEmail();

        var problem = await (await client.PostAsync("register", new { email, name = "Ada", password = email.ToUpperInvariant() }))
            .ProblemAsync(HttpStatusCode.BadRequest);

        Assert.True(problem.GetProperty("errors").TryGetProperty("password", out _));
    }

    [Fact]
    public async Task Nobody_makes_himself_an_administrator()
    {
        using var client = (await applications.GetAsync(RedisKind.Garnet)).CreateClient();
        var email = NewEmail();

        await client.PostAsync("register", new { id = 1, email, name = "Eve", password = ApiClient.Password, is_admin = true, password_hash = "x" });
        await client.AsAsync(email, ApiClient.Password);
        await client.PutAsync($"users/{client.UserId}", new { name = "Eve", is_admin = true });

        Assert.False((await (await client.GetAsync("profile")).JsonAsync()).GetProperty("is_admin").GetBoolean());
    }

    [Fact]
    public async Task Of_concurrent_registrations_of_one_address_one_succeeds()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var email = NewEmail();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            using var client = app.CreateClient();
            using var response = await client.PostAsync("register", new
            {
                email = number % 2 == 0 ? email : email.ToUpperInvariant(),
                name = $"Number {number}",
                password = ApiClient.Password,
            });
            return response.StatusCode;
        }));

        Assert.Single(statuses, HttpStatusCode.Created);
        Assert.Equal(7, statuses.Count(status => status == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_id_that_was_asked_for_too_early_is_known_once_it_is_given_out()
    {
        // Of its own: nobody else may take the next id.
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var stranger = app.CreateClient();
        using var admin = await app.CreateClient().AsAdminAsync();
        var next = await app.QueryAsync<int>("SELECT max(id) FROM users") + 1;
        await (await stranger.GetAsync($"users/{next}")).ProblemAsync(HttpStatusCode.NotFound);
        await (await stranger.GetAsync($"users/{next}/posts")).ProblemAsync(HttpStatusCode.NotFound);

        using var user = await app.CreateClient().AsNewUserAsync();

        Assert.Equal(next, user.UserId);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync($"users/{next}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync($"users/{next}/posts")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await user.GetAsync("profile")).StatusCode);
    }

    private static string NewEmail() => $"{Unique.Name("register")}@example.com";
}
