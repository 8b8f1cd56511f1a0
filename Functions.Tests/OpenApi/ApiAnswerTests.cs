using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Functions.Http.Policies;
using Functions.LocalHost;
using Functions.Redis.Connections;
using Functions.Redis.Events;
using Functions.Redis.Idempotency;
using Functions.Redis.Sessions;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Requests;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.OpenApi;

/// <summary>Brings about every answer that the OpenAPI document lists; <see cref="DocumentedAnswers"/> holds each against the document.</summary>
public sealed partial class ApiAnswerTests(TaskApplication application, TestApplications applications)
{
    private const string Unknown = "2147483647";

    // A body that does not come takes a minute: StalledBodyTests.
    private const int TooLate = 408;

    private static readonly DocumentedApi Api = DocumentedApi.Instance;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly HashSet<(string Id, int Status)> _seen = [];

    [Fact]
    public async Task Every_answer_in_the_document_is_given_and_is_as_documented()
    {
        var app = await application.GetAsync();
        var shared = await applications.GetAsync(RedisKind.Garnet);
        _seen.UnionWith(await RequestFileTests.SendAllAsync(app));
        await SucceedAsync(app, shared);
        await SendNothingAsync(app);
        await SendNonsenseAsync(app);
        await BeNobodyAsync(app);
        await BeForbiddenAsync(app);
        await AskForWhatIsNotThereAsync(app);
        await ConflictAsync(app, shared);
        await SendConditionsAsync(app);
        await RepeatOtherwiseAsync(app);
        await OverdoAsync(app);
        await OperateAsync();
        await CloseShopAsync(app);
        await LoseServersAsync();

        // HEAD answers as GET does: HeadTests, AuthorizationMatrixTests.
        var missing = from operation in Api.Operations
                      where operation.Method != "HEAD"
                      from status in operation.Statuses
                      where status != TooLate && !_seen.Contains((operation.Id, status))
                      select $"{operation.Id} {status}";
        Assert.Empty(missing);
    }

    [Fact]
    public async Task The_application_takes_what_the_document_gives_as_examples()
    {
        var app = await application.GetAsync();
        using var admin = await AdminAsync(app);
        var product = await app.QueryAsync<int>("INSERT INTO products (name, description, price, category_id, updated_at) VALUES ('Thing', '', 1, 1, now()) RETURNING id");
        foreach (var operation in Api.Operations.Where(operation => operation.HasBody))
        {
            using var response = await SendAsync(admin, operation, ExampleOf(operation), PathOf(operation, operation.Id == "UpdateProduct" ? $"{product}" : operation.Id == "LiftLimits" ? $"user:{admin.UserId}" : $"{admin.UserId}"));

            var isTaken = (operation.Id, response.StatusCode) switch
            {
                ("Login", HttpStatusCode.Unauthorized) => true, // There is no such account.
                ("Register", HttpStatusCode.Conflict) => true, // It is there from another run.
                ("ChangeTasks", HttpStatusCode.Conflict) => true, // There are not as many.
                ("VerifyEmail" or "ResetPassword", HttpStatusCode.BadRequest) => (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Single().Name == "token",
                _ => response.IsSuccessStatusCode,
            };
            Assert.True(isTaken, $"{operation.Id}: {response.StatusCode} {await response.TextAsync()}");
        }
    }

    // What the request files cannot do: mails have to be read, and tasks have to wait.
    private async Task SucceedAsync(TestApplication app, TestApplication shared)
    {
        using var user = await shared.CreateClient().AsNewUserAsync();
        await user.PostAsync("email/verify", new { token = await shared.Mail.VerificationTokenAsync(user.Email) });
        await user.PostAsync("email/verification");
        await user.PostAsync("password/forgot", new { email = user.Email });
        await user.PostAsync("password/reset", new { token = await shared.Mail.ResetTokenAsync(user.Email), password = "difference-engine" });
        Note(user);

        using var admin = await AdminAsync(app);
        var task = await app.Services.GetRequiredService<TaskQueue>().EnqueueAsync(
            "unheard-of", 0, new EnqueueOptions { Owner = TaskDesk.OwnerOf(admin.UserId), Delay = TimeSpan.FromDays(1) }, TestContext.Current.CancellationToken);
        await admin.DeleteAsync($"tasks/{task.Id}");
        await admin.PostAsync($"tasks/{task.Id}/retry");
        Note(admin);
    }

    // 415, 413
    private async Task SendNothingAsync(TestApplication app)
    {
        using var admin = await AdminAsync(app);
        foreach (var operation in Api.Operations.Where(operation => operation.HasBody))
        {
            await SendAsync(admin, operation, new StringContent("", Encoding.UTF8, "text/plain"));
            using var large = new ByteArrayContent(new byte[operation.Id == "UploadImage" ? 11 * 1024 * 1024 : 1024 * 1024 + 1]);
            large.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            await SendAsync(admin, operation, large, ("Expect", "100-continue"));
        }

        Note(admin);
    }

    // 400
    private async Task SendNonsenseAsync(TestApplication app)
    {
        using var admin = await AdminAsync(app);
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(400)))
        {
            var content = operation.HasBody ? new StringContent("{") : null;
            content?.Headers.ContentType = new MediaTypeHeaderValue(operation.Id == "UploadImage" ? "image/png" : "application/json");
            var value = operation.Id == "ConsoleUsers" ? "%00" : ""; // It may look for nothing.
            var query = string.Join('&', operation.Parameters(Api, "query").Select(parameter => $"{parameter.Name}={value}"));
            var isText = operation.Path.Contains("{tag}", StringComparison.Ordinal) || operation.Path.Contains("{caller}", StringComparison.Ordinal);
            await SendAsync(admin, operation, content, PathOf(operation, isText ? "%20" : null) + (query.Length > 0 ? $"?{query}" : ""), ("Last-Event-ID", "x"), ("Idempotency-Key", "a b"));
        }

        Note(admin);
    }

    // 401
    private async Task BeNobodyAsync(TestApplication app)
    {
        using var nobody = app.CreateClient();
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(401)))
        {
            await SendAsync(nobody, operation);
        }

        Note(nobody);
    }

    // 403: for administrators only, from another origin, and with an address that is not verified.
    private async Task BeForbiddenAsync(TestApplication app)
    {
        using var user = await app.CreateClient().AsNewUserAsync();
        using var browser = app.CreateClient();
        await using var strict = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Accounts__VerifiedEmailFor__0"] = "*" });
        using var unverified = strict.CreateClient();
        unverified.Session = user.Session;
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(403)))
        {
            if (IsForAdministrators(operation) || operation.Id is "UpdateUser" or "DeleteUser" or "ListTasks")
            {
                await SendAsync(user, operation, null, PathOf(operation) + (operation.Id == "ListTasks" ? "?all=true" : ""));
            }

            await SendAsync(browser, operation, null, ("Cookie", $"session={app.Services.GetRequiredService<SessionCookieSigner>().Sign(user.Session!)}"), ("Origin", "https://other.example"));
            if (operation.Method == "GET")
            {
                await SendAsync(unverified, operation);
            }
        }

        Note(user, browser, unverified);
    }

    // 404: other things that are not there, and callers who are not there any more.
    private async Task AskForWhatIsNotThereAsync(TestApplication app)
    {
        using var admin = await AdminAsync(app);
        using var gone = await app.CreateClient().AsNewUserAsync();
        await app.ExecuteAsync($"DELETE FROM users WHERE id = {gone.UserId}");
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(404)))
        {
            await SendAsync(admin, operation, ExampleOf(operation), PathOf(operation, Unknown) + QueryOf(operation));
            await SendAsync(gone, operation);
        }

        Note(admin, gone);
    }

    // 409
    private async Task ConflictAsync(TestApplication app, TestApplication shared)
    {
        using var first = await shared.CreateClient().AsNewUserAsync();
        using var second = await shared.CreateClient().AsNewUserAsync();
        await first.PostAsync("register", new { email = second.Email, name = "Ada", password = ApiClient.Password });
        await first.PutAsync($"users/{first.UserId}", new { email = second.Email, current_password = ApiClient.Password });

        // Two who want an address, of whom one has verified it.
        var wanted = $"{Guid.NewGuid():N}@example.com";
        await first.PutAsync($"users/{first.UserId}", new { email = wanted, current_password = ApiClient.Password });
        await second.PutAsync($"users/{second.UserId}", new { email = wanted, current_password = ApiClient.Password });
        foreach (var mail in await shared.Mail.WaitAsync(wanted, "verify", 2))
        {
            await first.PostAsync("email/verify", new { token = mail.Token });
        }

        using var admin = await AdminAsync(app);
        var report = await admin.EndOfAsync(await admin.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } }));
        await admin.DeleteAsync($"tasks/{report.GetProperty("id")}");
        await admin.PostAsync($"tasks/{report.GetProperty("id")}/retry");
        Note(first, second, admin);
    }

    // 412, 304
    private async Task SendConditionsAsync(TestApplication app)
    {
        using var admin = await AdminAsync(app);
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(412)))
        {
            await SendAsync(admin, operation, ExampleOf(operation), ("If-Match", "\"other\""));
        }

        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(304)))
        {
            using var current = await SendAsync(admin, operation);
            await SendAsync(admin, operation, null, ("If-None-Match", current.Header("ETag")!));
        }

        Note(admin);
    }

    // 422, and 409 while the first request is still running
    private async Task RepeatOtherwiseAsync(TestApplication app)
    {
        using var admin = await AdminAsync(app);
        var store = app.Services.GetRequiredService<IdempotencyStore>();
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(422)))
        {
            var who = operation.Definition.GetProperty("security").GetArrayLength() > 0 ? $"user:{admin.UserId}" : $"address:{admin.Address}";
            var content = ExampleOf(operation);
            var http = new DefaultHttpContext();
            http.Request.Path = $"/{PathOf(operation)}";
            http.Request.Body = new MemoryStream(content is null ? [] : await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            await store.BeginAsync($"{who}:{operation.Id}:running", await app.Services.GetRequiredService<BodyFingerprint>().OfAsync(http.Request), TestContext.Current.CancellationToken);
            await store.BeginAsync($"{who}:{operation.Id}:other", [new byte[32]], TestContext.Current.CancellationToken);

            await SendAsync(admin, operation, content, ("Idempotency-Key", "running"));
            await SendAsync(admin, operation, ExampleOf(operation), ("Idempotency-Key", "other"));
        }

        Note(admin);
    }

    // 429
    private async Task OverdoAsync(TestApplication app)
    {
        var policies = Api.Operations.Where(operation => operation.Definition.TryGetProperty("x-rate-limits", out _))
            .SelectMany(operation => operation.Definition.GetProperty("x-rate-limits").EnumerateArray())
            .Select(limit => limit.GetProperty("policy").GetString()!)
            .Distinct();
        using var user = await app.CreateClient().AsNewUserAsync();
        var settings = policies.ToDictionary(policy => $"RateLimits__{policy}__Limit", _ => (string?)"1");
        settings["RateLimits__console__WindowSeconds"] = "3600"; // None of what it does to others is done.
        await using var tight = await TestApplications.StartBesideAsync(app, settings);
        using var client = tight.CreateClient();
        client.Session = user.Session;
        using var admin = tight.CreateClient();
        admin.Session = (await AdminAsync(app)).Session;
        await admin.GetAsync("console/limits"); // The console's requests share one limit.
        foreach (var operation in Api.Operations.Where(operation => operation.Statuses.Contains(429)))
        {
            var caller = IsForAdministrators(operation) ? admin : client;
            await SendAsync(caller, operation, ExampleOf(operation));
            await SendAsync(caller, operation, ExampleOf(operation));
        }

        Note(client, admin);
    }

    // What administrators do where nobody else is: events are parked, and as many limits are lifted as there may be.
    private async Task OperateAsync()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var app = await applications.StartNewAsync(redis.ConnectionString);
        using var admin = await AdminAsync(app);
        await app.Services.GetRequiredService<EventPublisher>().BroadcastAsync(
            "new_message", new { message_id = 1, sender_id = 1, preview = "For one user" }, TestContext.Current.CancellationToken);
        await admin.PostAsync($"console/events/parked/{await ParkedAsync(admin)}/retry");
        await admin.DeleteAsync($"console/events/parked/{await ParkedAsync(admin)}");
        var subscriber = await app.Services.GetRequiredService<RedisConnection>().GetSubscriberAsync(TestContext.Current.CancellationToken);
        await subscriber.PublishAsync(StackExchange.Redis.RedisChannel.Literal("broadcast"), "nonsense");
        await admin.PostAsync($"console/events/parked/{await ParkedAsync(admin)}/retry");

        await app.Services.GetRequiredService<TaskQueue>().EnqueueAsync("unheard-of", 0, new EnqueueOptions { Delay = TimeSpan.FromDays(1) }, TestContext.Current.CancellationToken);
        await admin.PostAsync("console/tasks", new { action = "cancel", state = "delayed", name = "unheard-of", count = 2 });
        await admin.PostAsync("console/tasks", new { action = "cancel", state = "delayed", name = "unheard-of", count = 1 });

        var status = HttpStatusCode.NoContent;
        for (var user = 1; status == HttpStatusCode.NoContent; user++)
        {
            using var lifted = await admin.PutAsync($"console/limits/callers/user:{user}/lift", new { minutes = 1440 });
            status = lifted.StatusCode;
        }

        Note(admin);

        static async Task<string> ParkedAsync(ApiClient admin)
        {
            var id = "";
            await TestPolling.EventuallyAsync(
                async () =>
                {
                    var items = (await (await admin.GetAsync("console/events/parked")).JsonAsync()).GetProperty("items");
                    id = items.GetArrayLength() > 0 ? items[0].GetProperty("id").GetString()! : "";
                    return id.Length > 0;
                },
                Deadline,
                "an event to be parked");
            return id;
        }
    }

    // 404 of what only some applications have
    private async Task CloseShopAsync(TestApplication app)
    {
        await using var closed = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?> { ["Shop__Enabled"] = "false" });
        using var nobody = closed.CreateClient();
        await nobody.GetAsync("shop");
        await nobody.GetAsync("shop/accounts");
        Note(nobody);
    }

    // 503
    private async Task LoseServersAsync()
    {
        await using var redis = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var before = await applications.StartNewAsync(redis.ConnectionString);
        using var user = await before.CreateClient().AsNewUserAsync();
        await using var redisProxy = TcpProxy.Start(redis);
        var (postgresProxy, postgres) = TcpProxy.StartBefore(before.Postgres);
        await using var proxy = postgresProxy;
        await using var app = await TestApplication.StartAsync(redisProxy.ConnectionString, postgres);
        redisProxy.RefuseConnections();
        redisProxy.CutConnections();
        proxy.RefuseConnections();
        proxy.CutConnections();

        await Task.WhenAll(Api.Operations.Where(operation => operation.Statuses.Contains(503)).Select(async operation =>
        {
            using var client = app.CreateClient();
            client.Session = user.Session;
            using var response = await SendAsync(client, operation, ExampleOf(operation));
            Assert.True(response.StatusCode == HttpStatusCode.ServiceUnavailable, $"{operation.Id}: {response.StatusCode}");
            lock (_seen)
            {
                Note(client);
            }
        }));
    }

    private void Note(params ApiClient[] clients) => _seen.UnionWith(clients.SelectMany(client => client.Answers.Seen.Keys));

    private static async Task<ApiClient> AdminAsync(TestApplication app)
    {
        var admin = await app.CreateClient().AsNewUserAsync();
        await app.QueryAsync<int>($"UPDATE users SET is_admin = true WHERE id = {admin.UserId} RETURNING id");
        return admin;
    }

    private static bool IsForAdministrators(DocumentedOperation operation) =>
        operation.Definition.GetProperty("security").EnumerateArray().Any(requirement => requirement.EnumerateObject().Any(scheme => scheme.Value.GetArrayLength() > 0));

    private static Task<HttpResponseMessage> SendAsync(ApiClient client, DocumentedOperation operation) => SendAsync(client, operation, ExampleOf(operation));

    private static Task<HttpResponseMessage> SendAsync(
        ApiClient client, DocumentedOperation operation, HttpContent? content, params (string Name, string Value)[] headers) =>
        SendAsync(client, operation, content, PathOf(operation) + QueryOf(operation), headers);

    private static async Task<HttpResponseMessage> SendAsync(
        ApiClient client, DocumentedOperation operation, HttpContent? content, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path["api/".Length..]) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        // A stream would go on.
        return await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }

    // Things that are there for everybody, or of which it does not matter.
    private static string PathOf(DocumentedOperation operation, string? value = null) =>
        Parameter().Replace(operation.Path, parameter => value ?? parameter.Value switch { "{folder}" => "openapi", "{file}" => "start.js", "{caller}" => "user:1", _ => "1" })[1..];

    private static string QueryOf(DocumentedOperation operation) =>
        operation.Parameters(Api, "query").FirstOrDefault(parameter => parameter.IsRequired) is { Name: { } name } ? $"?{name}=oak" : "";

    private static HttpContent? ExampleOf(DocumentedOperation operation)
    {
        if (!operation.HasBody)
        {
            return null;
        }

        var content = operation.Definition.GetProperty("requestBody").GetProperty("content").EnumerateObject().First();
        if (content.Name == "application/json")
        {
            return new StringContent(Api.Resolve(content.Value.GetProperty("schema")).GetProperty("examples")[0].GetRawText(), Encoding.UTF8, "application/json");
        }

        var picture = new ByteArrayContent(File.ReadAllBytes(Path.Combine(LocalConfiguration.FindRoot(), "requests", "picture.png")));
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return picture;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
