using System.Diagnostics;
using System.Net;
using Functions.Data;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Functions.Tests.Accounts;

/// <summary>Logins by somebody who does not know the password.</summary>
public sealed class LoginAttackTests(TestApplications applications)
{
    private const int Free = 3;

    [Theory, InlineData(true), InlineData(false)]
    public async Task Guessing_from_many_addresses_is_slowed_down_whether_there_is_such_an_account_or_not(bool known)
    {
        await using var app = await StartAsync();
        var email = $"{Unique.Name()}@example.com";
        using var owner = app.CreateClient();
        if (known)
        {
            using var registered = await owner.PostAsync("register", new { email, name = "Ada", password = ApiClient.Password });
            Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        }

        for (var i = 0; i < Free; i++)
        {
            using var attacker = app.CreateClient();
            await (await GuessAsync(attacker, email)).ProblemAsync(HttpStatusCode.Unauthorized, "Invalid credentials");
        }

        using var next = app.CreateClient();
        var refused = await GuessAsync(next, email.ToUpperInvariant());
        var problem = await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "Rate limit exceeded");
        Assert.Equal("login-account", Assert.Single(problem.GetProperty("violated-policies").EnumerateArray()).GetString());
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 900);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GuessAsync(next, $"{Unique.Name()}@example.com")).StatusCode);
    }

    [Fact]
    public async Task The_owner_still_enters_from_a_known_address()
    {
        await using var app = await StartAsync();
        using var owner = await app.CreateClient().AsNewUserAsync();
        for (var i = 0; i < Free + 2; i++)
        {
            using var attacker = app.CreateClient();
            await GuessAsync(attacker, owner.Email);
        }

        using var elsewhere = app.CreateClient();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await elsewhere.PostAsync("login", new { email = owner.Email, password = ApiClient.Password })).StatusCode);
        await owner.AsAsync(owner.Email, ApiClient.Password);
    }

    [Fact]
    public async Task An_outage_of_the_database_does_not_make_the_owner_wait()
    {
        var shared = await applications.GetAsync(RedisKind.Garnet);
        using var owner = await shared.CreateClient().AsNewUserAsync();
        var (proxy, postgres) = TcpProxy.StartBefore(shared.Postgres);
        await using var closing = proxy;
        await using var app = await TestApplication.StartAsync(shared.Redis, postgres, new Dictionary<string, string?> { ["LoginBackoff__FreeFailures"] = "1" });
        proxy.RefuseConnections();
        proxy.CutConnections();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await LogInAsync());
        }

        proxy.Resume();
        await TestPolling.EventuallyAsync(
            async () => await LogInAsync() == HttpStatusCode.OK,
            TimeSpan.FromSeconds(15),
            "the database to be back");

        async Task<HttpStatusCode> LogInAsync()
        {
            using var client = app.CreateClient(); // At an address of its own, which the account does not know.
            using var answer = await client.PostAsync("login", new { email = owner.Email, password = ApiClient.Password });
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Answers_to_known_and_unknown_addresses_take_the_same_time()
    {
        const int Samples = 60;
        // Passwords hashed as the application does: what would tell the two apart is the time of a verification.
        var hasher = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions()));
        await using var app = await StartAsync(builder => builder.Services.AddSingleton<IPasswordHasher<User>>(hasher), free: 100);
        using var owner = await app.CreateClient().AsNewUserAsync();
        await GuessAsync(app.CreateClient(), owner.Email);
        var (known, unknown) = (new List<double>(), new List<double>());

        // In turn, so that whatever else the machine does meets both.
        for (var i = 0; i < Samples; i++)
        {
            known.Add(await TimeAsync(app, owner.Email));
            unknown.Add(await TimeAsync(app, $"{Unique.Name()}@example.com"));
        }

        // The chance that an unknown address answers later than a known one (Mann-Whitney): a half if nobody can tell them apart.
        var later = known.SelectMany(_ => unknown, (one, other) => other > one ? 1.0 : other < one ? 0.0 : 0.5).Average();
        // What a request costs shows in the quick ones; the slow ones tell what else the machine did.
        var (quickKnown, quickUnknown) = (FirstDecile(known), FirstDecile(unknown));
        TestContext.Current.TestOutputHelper!.WriteLine($"First deciles {quickKnown:0.0} and {quickUnknown:0.0} ms, chance {later:0.00}");
        Assert.InRange(later, 0.25, 0.75);
        Assert.InRange(quickUnknown / quickKnown, 0.8, 1.25);
    }

    private static Task<HttpResponseMessage> GuessAsync(ApiClient client, string email) => client.PostAsync("login", new { email, password = "a guess" });

    private static async Task<double> TimeAsync(TestApplication app, string email)
    {
        using var client = app.CreateClient();
        using (await client.GetAsync("health/live")) // The connection is open.
        {
            var started = Stopwatch.GetTimestamp();
            using var response = await GuessAsync(client, email);
            var elapsed = Stopwatch.GetElapsedTime(started);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            return elapsed.TotalMilliseconds;
        }
    }

    private static double FirstDecile(List<double> values) => values.Order().ElementAt(values.Count / 10);

    private async Task<TestApplication> StartAsync(Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure = null, int free = Free) =>
        await TestApplications.StartBesideAsync(
            await applications.GetAsync(RedisKind.Garnet),
            new Dictionary<string, string?> { ["LoginBackoff__FreeFailures"] = $"{free}", ["LoginBackoff__FirstWait"] = "00:05:00" },
            configure);
}
