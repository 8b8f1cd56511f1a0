using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Functions.Data;
using Functions.Redis.Tasks;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Functions.Tests.Worker.Host;
using Functions.Tests.Worker.Host.Protocol;
using Functions.Users;

namespace Functions.Tests.Worker;

/// <summary>The built worker between its start and its end.</summary>
public sealed class WorkerLifecycleTests(RedisServers redis)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The host kills the worker five seconds after it has asked it to stop. What must happen until then: event streams end, tasks go back to the queue.</summary>
    [Fact]
    public async Task A_worker_that_is_told_to_stop_ends_its_streams_and_gives_its_tasks_back()
    {
        WorkerBuild.Require();
        await using var servers = new ContractServers(redis);
        using var mail = new SilentServer();
        var settings = await servers.StartAsync();
        settings.Remove("Tasks__ShutdownLimit");
        settings["Email__SmtpHost"] = "127.0.0.1";
        settings["Email__SmtpPort"] = FormattableString.Invariant($"{mail.Port}");
        settings["Email__From"] = "shop@example.com";
        settings["PUBLIC_URL"] = "https://shop.example";
        await using var worker = await WorkerHost.StartAsync(settings);
        Assert.Equal(
            new FunctionCatalog(typeof(UserFunctions).Assembly).All.Select(function => function.Name),
            worker.Functions.Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal("True", worker.Capabilities["WorkerOpenTelemetryEnabled"]); // Or the host exports what the worker has exported.

        using var http = new HttpClient { BaseAddress = new Uri(worker.Address, "/api/"), Timeout = Deadline };
        var ended = worker.Ended;
        await SignInAsync(http);
        using (var left = await http.GetAsync("events", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        }

        using var stream = await http.GetAsync("events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var reading = stream.Content.ReadAsStringAsync(Cancellation);
        using var accepted = await http.PostAsJsonAsync("emails", new { to = "somebody@example.com", subject = "never", body = "sent" }, Cancellation);
        var task = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("task_id").GetString()!;
        var bell = worker.InvokeAsync("TaskListBell", "entry", new TypedData { String = "work" });
        await Task.WhenAny(mail.Connected.WaitAsync(Deadline, Cancellation), bell);
        Assert.True(mail.Connected.IsCompletedSuccessfully, $"The task does not run: {(bell.IsCompletedSuccessfully ? await bell : null)} {await worker.ReadLogAsync()}");
        await TestPolling.EventuallyAsync(() => Task.FromResult(worker.Ended == ended + 3), Deadline, "the login, the stream whose client has left, and the e-mail to end");

        var (took, byItself) = await worker.StopAsync();

        Assert.True(byItself, $"The host would have killed the worker after {took}.");
        Assert.Contains("retry:", await reading, StringComparison.Ordinal); // To its end: a stream that is cut throws.
        Assert.Empty(worker.Failures);
        await using var connection = TestConnections.Create(settings["Redis"]);
        var record = await new TaskQueue(connection, new TaskOptions()).FindAsync(task, Cancellation);
        Assert.Equal((TaskState.Queued, 0), (record!.State, record.Attempts));
    }

    [Fact]
    public async Task A_time_to_stop_that_the_host_does_not_give_stops_the_start()
    {
        WorkerBuild.Require();
        await using var servers = new ContractServers(redis);
        var settings = await servers.StartAsync();
        settings["Tasks__ShutdownLimit"] = "00:00:03";

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => WorkerHost.StartAsync(settings));

        Assert.Contains("Tasks__ShutdownLimit may be 00:00:02 at most", exception.Message, StringComparison.Ordinal);
    }

    private static async Task SignInAsync(HttpClient http)
    {
        using var login = await http.PostAsJsonAsync("login", new { email = DemoData.AdminEmail, password = DemoData.AdminPassword }, Cancellation);
        Assert.True(login.IsSuccessStatusCode, $"{login.StatusCode} " + await login.Content.ReadAsStringAsync(Cancellation));
        http.DefaultRequestHeaders.Add("X-Session-ID", (await login.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("session_id").GetString());
    }

    /// <summary>Takes connections and never says a word.</summary>
    private sealed class SilentServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public SilentServer()
        {
            _listener.Start();
            Connected = _listener.AcceptSocketAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<Socket> Connected { get; }

        public void Dispose() => _listener.Dispose();
    }
}
