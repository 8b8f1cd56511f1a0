using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Functions.Data;
using Functions.Http;
using Functions.Notifications;
using Functions.Redis.Tasks;
using Functions.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Functions.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.Tests.Http;

/// <summary>
/// Every endpoint, with every method that it knows, for every kind of caller. The endpoints are those of the route table: whoever adds one has to add its
/// row here, which says who may use it.
/// </summary>
public sealed partial class AuthorizationMatrixTests(TaskApplication application)
{
    private const string Token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static readonly Rule[] Rules =
    [
        new("ApiPage", Access.Anyone),
        new("CancelTask", Access.OwnerOrAdmin),
        new("ChangeTasks", Access.Admin) { Body = _ => new { action = "cancel", state = "delayed", name = Unique.Name(), count = 1 }, Granted = 409 }, // There is none.
        new("CloseSession", Access.Owner),
        new("CloseUserSession", Access.Admin),
        new("CloseUserSessions", Access.Admin),
        new("Console", Access.Anyone),
        new("ConsoleAudit", Access.Admin),
        new("ConsoleCache", Access.Admin),
        new("ConsoleCacheEntry", Access.Admin) { Query = "?key=nothing-here", Granted = 404 },
        new("ConsoleCallerLimits", Access.Admin),
        new("ConsoleLimits", Access.Admin),
        new("ConsoleOutbox", Access.Admin),
        new("ConsoleOverview", Access.Admin),
        new("ConsoleParkedEvents", Access.Admin),
        new("ConsoleSession", Access.Anyone),
        new("ConsoleTask", Access.Admin),
        new("ConsoleTaskCount", Access.Admin) { Query = "?state=dead" },
        new("ConsoleTaskNames", Access.Admin),
        new("ConsoleTasks", Access.Admin),
        new("ConsoleUsers", Access.Admin),
        new("ConsoleUserSessions", Access.Admin),
        new("CreatePost", Access.Session) { Body = _ => new { title = "a", body = "b" } },
        new("CreateProduct", Access.Admin) { Body = _ => new { name = "Thing", price = 1, category_id = 1 } },
        new("DeleteProduct", Access.Admin),
        new("DeleteUser", Access.SelfOrAdmin),
        new("DropParkedEvent", Access.Admin) { Granted = 404 },
        new("ExpensiveOperation", Access.Anyone),
        new("ForgotPassword", Access.Anyone) { Body = _ => new { email = $"{Unique.Name()}@example.com" } },
        new("GetOpenApi", Access.Anyone),
        new("GetPageAsset", Access.Anyone),
        new("GetProduct", Access.Anyone),
        new("GetProfile", Access.Session),
        new("GetShop", Access.Anyone),
        new("GetTask", Access.OwnerOrAdmin),
        new("GetTaskFile", Access.OwnerOrAdmin),
        new("GetUser", Access.Anyone),
        new("Health", Access.Anyone),
        new("HealthLive", Access.Anyone),
        new("InvalidateCacheKey", Access.Admin) { Query = "?key=nothing-here" },
        new("InvalidateCacheTag", Access.Admin),
        new("LiftLimits", Access.Admin) { Body = _ => new { minutes = 1 } },
        new("ListCategories", Access.Anyone),
        new("ListMessages", Access.Session),
        new("ListNotifications", Access.Session),
        new("ListPosts", Access.Anyone),
        new("ListPresence", Access.Session),
        new("ListProducts", Access.Anyone),
        new("ListSessions", Access.Session),
        new("ListShopAccounts", Access.Anyone),
        new("ListTasks", Access.Admin) { Query = "?all=true" },
        new("ListTasks", Access.Session),
        new("Login", Access.Anyone) { Body = _ => new { email = DemoData.UserEmail, password = DemoData.UserPassword } },
        new("Logout", Access.Session),
        new("LogoutAll", Access.Session),
        new("Protected", Access.Session),
        new("PublishEvent", Access.Admin) { Body = owner => new { type = "user_online", data = new { user_id = owner }, user_id = owner } },
        new("Queues", Access.Admin),
        new("ReadNotification", Access.Owner),
        new("Register", Access.Anyone) { Body = _ => new { email = $"{Unique.Name()}@example.com", name = "Ada", password = ApiClient.Password } },
        new("RequestReport", Access.Session) { Body = _ => new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } } },
        new("ResetPassword", Access.Anyone) { Body = _ => new { token = Token, password = ApiClient.Password }, Granted = 400 }, // Nobody has sent the token.
        new("ResetPasswordPage", Access.Anyone),
        new("RestoreLimits", Access.Admin),
        new("RetryParkedEvent", Access.Admin) { Granted = 404 },
        new("RetryTask", Access.Admin) { Granted = 409 }, // It is none that has ended.
        new("Search", Access.Anyone) { Query = "?q=oak" },
        new("SendEmail", Access.Admin) { Body = _ => new { to = "a@example.com", subject = "Hello", body = "Hello" } },
        new("SendMessage", Access.Session) { Body = owner => new { recipient_id = owner, content = "Hello" } },
        new("SendVerification", Access.Session),
        new("StreamEvents", Access.Session),
        new("UpdateProduct", Access.Admin) { Body = _ => new { price = 2 } },
        new("UpdateUser", Access.SelfOrAdmin) { Body = _ => new { name = "Ada" } },
        new("UploadImage", Access.Session) { Granted = 415 }, // It is no image.
        new("UserAction", Access.Session),
        new("VerifyEmail", Access.Anyone) { Body = _ => new { token = Token }, Granted = 400 },
        new("VerifyEmailPage", Access.Anyone),
    ];

    private static readonly FunctionDescriptor[] Endpoints =
        [.. RouteTests.Catalog.All.Where(function => function.Http is not null && function.Name != NotFoundFunctions.Name)];

    /// <summary>Who may use an endpoint; whoever may not is answered 401 without a valid session, else as it says here.</summary>
    private enum Access
    {
        Anyone,
        Session,

        /// <summary>Others: 403.</summary>
        Admin,

        /// <summary>Others: 403; that the account exists is no secret.</summary>
        SelfOrAdmin,

        /// <summary>Others: 404.</summary>
        OwnerOrAdmin,

        /// <summary>Others, administrators too: 404.</summary>
        Owner,
    }

    private enum Who
    {
        Anonymous,
        BadToken,
        ClosedSession,
        OtherUser,
        Owner,
        Admin,
    }

    public static TheoryData<int, string> Rows => [.. Rules.Select((rule, i) => new TheoryDataRow<int, string>(i, rule.Function + rule.Query))];

    [Fact]
    public void Every_endpoint_has_a_row_and_every_row_an_endpoint()
    {
        var missing = Endpoints.Where(function => !Rules.Any(rule => rule.Function == function.Name)).ToList();
        var stale = Rules.Select(rule => rule.Function).Except(Endpoints.Select(function => function.Name));

        Assert.True(missing.Count == 0, string.Join('\n', missing.Select(function =>
            $"{string.Join('/', function.HttpMethods)} {function.Route} has no row: say in {nameof(AuthorizationMatrixTests)}.{nameof(Rules)} who may use it, "
            + $"such as: new(\"{function.Name}\", Access.Session) {{ Body = _ => new {{ … }} }},")));
        Assert.Empty(stale);
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task Each_caller_gets_what_the_row_says(int row, string name)
    {
        var rule = Rules[row];
        var function = RouteTests.Catalog[rule.Function];
        var app = await application.GetAsync();
        foreach (var method in function.HttpMethods)
        {
            foreach (var who in Enum.GetValues<Who>())
            {
                // Of its own for each caller who may change it.
                using var owner = await app.CreateClient().AsNewUserAsync();
                using var caller = await CallerAsync(app, who, owner);
                var path = await PathAsync(app, function, owner) + rule.Query;
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = rule.Body is null ? null : JsonContent.Create(rule.Body(owner.UserId)) };

                using var response = await caller.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

                var case_ = $"{name}: {who} was answered {(int)response.StatusCode} for {method} {path}";
                if (Refusal(rule.Access, who) is not { } refusal)
                {
                    Assert.True(rule.Granted == 0 ? response.IsSuccessStatusCode : (int)response.StatusCode == rule.Granted, $"{case_}, who may do so.");
                    continue;
                }

                Assert.True(response.StatusCode == refusal.Status, $"{case_}, not {(int)refusal.Status}.");
                if (method != "HEAD")
                {
                    await response.ProblemAsync(refusal.Status, refusal.Error);
                }
            }
        }
    }

    private static (HttpStatusCode Status, string? Error)? Refusal(Access access, Who who) => (access, who) switch
    {
        (Access.Anyone, _) => null,
        (_, Who.Anonymous) => (HttpStatusCode.Unauthorized, "Missing session ID"),
        (_, Who.BadToken or Who.ClosedSession) => (HttpStatusCode.Unauthorized, "Invalid or expired session"),
        (Access.Admin, Who.OtherUser or Who.Owner) => (HttpStatusCode.Forbidden, "Only administrators may do this"),
        (Access.SelfOrAdmin, Who.OtherUser) => (HttpStatusCode.Forbidden, "Only the user and administrators may do this"),
        (Access.OwnerOrAdmin, Who.OtherUser) or (Access.Owner, Who.OtherUser or Who.Admin) => (HttpStatusCode.NotFound, null),
        _ => null,
    };

    private static async Task<ApiClient> CallerAsync(TestApplication app, Who who, ApiClient owner)
    {
        var caller = app.CreateClient();
        switch (who)
        {
            case Who.BadToken:
                caller.Session = Token;
                break;

            case Who.ClosedSession:
                await caller.AsNewUserAsync();
                Assert.Equal(HttpStatusCode.OK, (await caller.PostAsync("logout")).StatusCode);
                break;

            case Who.OtherUser:
                await caller.AsNewUserAsync();
                break;

            case Who.Owner:
                caller.Session = owner.Session;
                break;

            case Who.Admin:
                // Not that of the demo data: other tests are signed in as that one, and this one may sign out everywhere.
                await caller.AsNewUserAsync();
                await app.QueryAsync<int>($"UPDATE users SET is_admin = true WHERE id = {caller.UserId} RETURNING id");
                break;
        }

        return caller;
    }

    // The endpoint's path, with something of the owner's for each parameter.
    private static async Task<string> PathAsync(TestApplication app, FunctionDescriptor function, ApiClient owner)
    {
        var segments = function.Route["api/".Length..].Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].StartsWith('{'))
            {
                segments[i] = (segments[i - 1], Parameter().Match(segments[i]).Value) switch
                {
                    ("users", "id") => $"{owner.UserId}",
                    ("products", "id") => $"{await ProductAsync(app)}",
                    ("sessions", "id" or "session") => (await (await owner.GetAsync("sessions")).JsonAsync()).GetProperty("items")[0].GetProperty("id").GetString()!,
                    ("tasks", "id") when segments.Contains("files") => await FinishedTaskAsync(owner),
                    ("tasks", "id") => await WaitingTaskAsync(app, owner),
                    ("files", "name") => "report.csv",
                    ("notifications", "id") => $"{await NotificationAsync(app, owner)}",
                    ("assets", "folder") => "account",
                    ("account", "file") => "page.css",
                    ("parked", "id") => Unique.Name(),
                    ("callers", "caller") => $"user:{owner.UserId}",
                    ("tags", "tag") => Unique.Name(),
                    var (before, parameter) => throw new NotSupportedException(
                        $"{function.Route}: say in {nameof(AuthorizationMatrixTests)}.{nameof(PathAsync)} what {before}/{{{parameter}}} stands for."),
                };
            }
        }

        return string.Join('/', segments);
    }

    private static Task<int> ProductAsync(TestApplication app) => app.QueryAsync<int>(
        "INSERT INTO products (name, description, price, category_id, updated_at) VALUES ('Thing', '', 1, 1, now()) RETURNING id");

    private static async Task<string> FinishedTaskAsync(ApiClient owner)
    {
        var task = await owner.EndOfAsync(await owner.PostAsync("reports", new { type = "users", date_range = new { from = "2020-01-01", to = "2020-01-01" } }));
        return task.GetProperty("id").GetString()!;
    }

    private static async Task<string> WaitingTaskAsync(TestApplication app, ApiClient owner) => (await app.Services.GetRequiredService<TaskQueue>().EnqueueAsync(
        "unheard-of", 0, new EnqueueOptions { Owner = TaskDesk.OwnerOf(owner.UserId), Delay = TimeSpan.FromDays(1) }, TestContext.Current.CancellationToken)).Id;

    private static async Task<long> NotificationAsync(TestApplication app, ApiClient owner)
    {
        var push = new Push(owner.UserId, $"{Guid.NewGuid():N}", "new_message", System.Text.Json.JsonElement.Parse("{}"), DateTimeOffset.UtcNow);
        await app.Services.GetRequiredService<IEnumerable<IPushSender>>().OfType<NotificationList>().Single().SendAsync(push, TestContext.Current.CancellationToken);
        return await app.QueryAsync<long>($"SELECT id FROM notifications WHERE user_id = {owner.UserId}");
    }

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Parameter();

    /// <summary>One row: who may use an endpoint, and how it is asked.</summary>
    /// <param name="Function">The function's name.</param>
    /// <param name="Access">Who may use it.</param>
    private sealed record Rule(string Function, Access Access)
    {
        /// <summary>Makes the body, of the owner's id; null for none.</summary>
        public Func<int, object>? Body { get; init; }

        /// <summary>The query, with its question mark.</summary>
        public string Query { get; init; } = "";

        /// <summary>The status that those get who may use it; 0 for any of success.</summary>
        public int Granted { get; init; }
    }
}
