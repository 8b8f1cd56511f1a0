using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Functions.Notifications;
using Functions.Observability;
using Functions.Redis.Tasks;
using Functions.Tests.Application;
using Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace Functions.Tests.Observability;

public sealed class TelemetryTests(TestApplications applications)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_request_and_what_it_did_are_one_trace_that_the_caller_began()
    {
        var spans = new SpanRecorder();
        await using var redis = await StartRedisAsync();
        await using var app = await StartTracedAsync(redis, spans);
        using var client = app.CreateClient();
        var caller = ActivityTraceId.CreateRandom();

        using var response = await client.SendAsync(
            HttpMethod.Get, $"products/{Random.Shared.Next(1_000_000, int.MaxValue)}", null, ("traceparent", $"00-{caller}-{ActivitySpanId.CreateRandom()}-01"), ("X-Request-ID", "request-1"));

        var request = await spans.WaitForAsync(span => span.TraceId == caller && span.Kind == ActivityKind.Server);
        Assert.Equal("GET /api/products/{id:int}", request.DisplayName);
        Assert.Equal("request-1", request.GetTagItem("http.request.header.x-request-id"));
        var fill = await spans.WaitForAsync(span => span.TraceId == caller && span.OperationName == "cache.fill");
        Assert.Equal(request.SpanId, fill.ParentSpanId);
        var query = await spans.WaitForAsync(span => span.TraceId == caller && span.Source.Name == "Npgsql");
        Assert.Equal(fill.SpanId, query.ParentSpanId);
    }

    [Fact]
    public async Task A_request_is_followed_through_outbox_event_handler_and_task()
    {
        var spans = new SpanRecorder();
        await using var redis = await StartRedisAsync();
        await using var app = await applications.StartNewAsync(redis.ConnectionString, configure: builder =>
        {
            Trace(builder, spans);
            builder.Services.AddSingleton<IPushSender, TaskPushSender>();
        });
        using var sender = await app.CreateClient().AsNewUserAsync();
        using var recipient = await app.CreateClient().AsNewUserAsync();
        var caller = ActivityTraceId.CreateRandom();

        using var response = await sender.SendAsync(
            HttpMethod.Post,
            "messages",
            JsonContent.Create(new { recipient_id = recipient.UserId, content = "Hello" }),
            ("traceparent", $"00-{caller}-{ActivitySpanId.CreateRandom()}-01"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);

        var request = await spans.WaitForAsync(span => span.TraceId == caller && span.Kind == ActivityKind.Server);
        var published = await spans.WaitForAsync(span => span.TraceId == caller && span.OperationName == "publish new_message");
        var handled = await spans.WaitForAsync(span => span.TraceId == caller && span.OperationName == "process new_message");
        var task = await spans.WaitForAsync(span => span.TraceId == caller && span.OperationName == "process tell_by_mail");
        var stored = await spans.WaitForAsync(
            span => span.TraceId == caller && span.Source.Name == "Npgsql" && $"{span.GetTagItem("db.query.text")}".Contains("INSERT INTO notifications", StringComparison.Ordinal));
        Assert.Equal(request.SpanId, published.ParentSpanId);
        Assert.Equal(published.SpanId, handled.ParentSpanId);
        Assert.Equal(handled.SpanId, task.ParentSpanId);
        Assert.Equal(handled.SpanId, stored.ParentSpanId);
    }

    [Fact]
    public async Task Neither_spans_nor_logs_tell_addresses_passwords_or_tokens()
    {
        var spans = new SpanRecorder();
        await using var redis = await StartRedisAsync();
        await using var app = await StartTracedAsync(redis, spans);
        using var client = await app.CreateClient().AsNewUserAsync();
        using var wrong = await client.PostAsync("login", new { email = client.Email, password = "a wrong password" });
        using var found = await client.GetAsync("search?q=a-private-matter");
        using var changed = await client.PutAsync($"users/{client.UserId}", new { name = "A Private Name" });
        await spans.WaitForAsync(span => span.Kind == ActivityKind.Server && (string?)span.GetTagItem("http.request.method") == "PUT");

        var told = string.Join('\n', spans.All.Select(Text).Concat(app.Log.Entries.Select(entry => entry.Text)));

        Assert.Contains("INSERT INTO users", told, StringComparison.Ordinal);
        foreach (var secret in new[] { client.Email, ApiClient.Password, "a wrong password", client.Session!, client.Address, "a-private-matter", "A Private Name" })
        {
            Assert.DoesNotContain(secret, told, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Traces_metrics_and_logs_go_to_the_configured_collector()
    {
        await using var collector = await OtlpCollector.StartAsync();
        var app = await applications.GetAsync(RedisKind.Garnet);
        await using (var exporting = await TestApplications.StartBesideAsync(app, new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }))
        {
            using var client = exporting.CreateClient();
            using var response = await client.GetAsync($"products/{Random.Shared.Next(1_000_000, int.MaxValue)}"); // Not cached yet.
            exporting.Services.GetRequiredService<ILogger<TelemetryTests>>().Log(LogLevel.Warning, 1, "A warning for the collector.", null, (text, _) => text);
        }

        // All of it has been sent when the application has stopped.
        Assert.Contains("cache.fill", collector.Received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("cache.reads", collector.Received["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("A warning for the collector.", collector.Received["/v1/logs"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_local_host_shows_its_metrics_to_Prometheus()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        using var client = app.CreateClient();
        using var warm = await client.GetAsync("products/1");

        await TestPolling.EventuallyAsync(
            async () =>
            {
                using var response = await client.GetAsync("../metrics");
                var text = await response.TextAsync();
                return response.StatusCode == HttpStatusCode.OK
                    && text.Contains("cache_reads", StringComparison.Ordinal)
                    && text.Contains("http_server_request_duration_seconds", StringComparison.Ordinal);
            },
            Deadline,
            "the metrics of the cache and of HTTP");
    }

    // Applications that share one handle each other's events.
    private static async Task<IRedisServer> StartRedisAsync() => await RedisServers.StartNewAsync(RedisKind.Garnet);

    private Task<TestApplication> StartTracedAsync(IRedisServer redis, SpanRecorder spans) =>
        applications.StartNewAsync(redis.ConnectionString, configure: builder => Trace(builder, spans));

    private static void Trace(WebApplicationBuilder builder, SpanRecorder spans) =>
        builder.Services.AddOpenTelemetry().WithTracing(traces => traces.AddAppSources().AddInMemoryExporter(spans));

    private static string Text(Activity span) => string.Join(
        ' ', [span.DisplayName, span.StatusDescription, .. span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. span.Events.SelectMany(e => e.Tags).Select(tag => $"{tag.Value}")]);

    /// <summary>A way to tell users something that takes a task.</summary>
    private sealed class TaskPushSender(TaskQueue queue) : IPushSender
    {
        // A name that no worker knows: the attempt is what matters here, not its result.
        public Task SendAsync(Push push, CancellationToken cancellationToken) => queue.EnqueueAsync("tell_by_mail", push.EventId, cancellationToken: cancellationToken);
    }

    /// <summary>The spans that have ended. Other tests run at the same time, and theirs of shared sources come too.</summary>
    private sealed class SpanRecorder : ICollection<Activity>
    {
        private readonly ConcurrentQueue<Activity> _spans = new();

        public IEnumerable<Activity> All => _spans;

        public int Count => _spans.Count;

        public bool IsReadOnly => false;

        public void Add(Activity item) => _spans.Enqueue(item);

        public async Task<Activity> WaitForAsync(Func<Activity, bool> predicate)
        {
            Activity? found = null;
            await TestPolling.EventuallyAsync(
                () => Task.FromResult((found = _spans.FirstOrDefault(predicate)) is not null), Deadline, "the span");
            return found!;
        }

        public void Clear() => _spans.Clear();

        public bool Contains(Activity item) => _spans.Contains(item);

        public void CopyTo(Activity[] array, int arrayIndex) => _spans.CopyTo(array, arrayIndex);

        public IEnumerator<Activity> GetEnumerator() => _spans.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public bool Remove(Activity item) => throw new NotSupportedException();
    }
}
