using System.Text.Json;
using Functions.LocalHost;
using Functions.Redis.Connections;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Functions.Tests.LocalHost;

public sealed class RedisTriggerTests : IAsyncLifetime
{
    private InProcessRedis _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await InProcessRedis.StartAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_list_is_taken_in_batches_and_the_next_one_waits_for_the_whole_batch()
    {
        await _redis.Database.ListRightPushAsync("batches", ["1", "2", "3"]);
        await using var host = await StartAsync(typeof(Batches), inbox => inbox.CloseGate());

        Assert.Equal(["1", "2"], await TakeAsync(host, 2));
        Assert.Equal(["3"], await _redis.Database.ListRangeAsync("batches"));
        host.Inbox().Gate.SetResult();
        Assert.Equal(["3"], await TakeAsync(host, 1));
    }

    [Fact]
    public async Task Direction_right_takes_from_the_end()
    {
        await _redis.Database.ListRightPushAsync("right", ["1", "2"]);
        await using var host = await StartAsync(typeof(FromTheRight));

        Assert.Equal("2", await host.Inbox().NextAsync<string>());
        Assert.Equal("1", await host.Inbox().NextAsync<string>());
    }

    [Fact]
    public async Task A_list_goes_on_after_a_function_that_throws()
    {
        await using var host = await StartAsync(typeof(Failing));

        await _redis.Database.ListRightPushAsync("failing", "1");
        Assert.Equal("1", await host.Inbox().NextAsync<string>());
        await _redis.Database.ListRightPushAsync("failing", "2");
        Assert.Equal("2", await host.Inbox().NextAsync<string>());
    }

    [Fact]
    public async Task List_and_pub_sub_survive_an_outage_of_Redis()
    {
        await using var host = await StartAsync([typeof(FromTheRight), typeof(Channels)]);
        await PublishUntilReceivedAsync(host, "before", "ready");

        _redis.Stop();
        await Eventually.TrueAsync(async () => !await IsUpAsync(), "Redis is down");
        _redis.Start();
        await Eventually.TrueAsync(IsUpAsync, "Redis is up again");

        await PublishUntilReceivedAsync(host, "before", "again");
        await _redis.Database.ListRightPushAsync("right", "after");
        await Eventually.TrueAsync(async () => await host.Inbox().NextAsync<string>() == "after", "the entry is taken");
    }

    [Fact]
    public async Task A_host_that_starts_before_Redis_listens_once_it_is_there()
    {
        _redis.Stop();
        await using var host = await StartAsync(typeof(Channels));
        _redis.Start();

        await PublishUntilReceivedAsync(host, "before", "late");
    }

    [Theory]
    [InlineData("before", "before")]
    [InlineData("user:*", "user:5")]
    public async Task A_message_arrives_in_its_envelope(string subscription, string channel)
    {
        await using var host = await StartAsync(typeof(Channels));

        var envelope = await PublishUntilReceivedAsync(host, channel, """{"text":"schön"}""");

        Assert.Equal(["SubscriptionChannel", "Channel", "Message"], envelope.EnumerateObject().Select(property => property.Name));
        Assert.Equal(subscription, envelope.GetProperty("SubscriptionChannel").GetString());
        Assert.Equal(channel, envelope.GetProperty("Channel").GetString());
        Assert.Equal("""{"text":"schön"}""", envelope.GetProperty("Message").GetString());
    }

    [Fact]
    public async Task Messages_run_concurrently_and_one_that_fails_stops_nothing()
    {
        await using var host = await StartAsync(typeof(Channels));
        await PublishUntilReceivedAsync(host, "before", "throw");

        host.Inbox().CloseGate();
        await _redis.Database.PublishAsync(RedisChannel.Literal("before"), "1");
        await _redis.Database.PublishAsync(RedisChannel.Literal("before"), "2");

        // Both report before they wait at the gate: neither waits for the other.
        var missing = new HashSet<string> { "1", "2" };
        await Eventually.TrueAsync(
            async () =>
            {
                missing.Remove(Parse(await host.Inbox().NextAsync<string>()).GetProperty("Message").GetString()!);
                return missing.Count == 0;
            },
            "both messages arrive");
        host.Inbox().Gate.SetResult();
    }

    [Fact]
    public async Task A_function_gets_its_context_in_a_scope_of_its_own_through_the_middlewares()
    {
        await _redis.Database.ListRightPushAsync("context", "entry");
        await using var host = await TestHost.StartAsync(
            [typeof(WithContext)],
            new() { ["Redis"] = _redis.ConnectionString },
            middlewares: [typeof(Before)]);

        Assert.Equal("before TestWithContext", await host.Inbox().NextAsync<string>());
        Assert.Equal("entry TestWithContext", await host.Inbox().NextAsync<string>());
    }

    [Fact]
    public async Task The_connection_of_the_application_is_used_where_there_is_one()
    {
        var application = new RedisOptions { ConnectionString = _redis.ConnectionString };
        await _redis.Database.ListRightPushAsync("right", "entry");

        // No setting 'Redis': without the application's connection this host would not start.
        await using var host = await TestHost.StartAsync(
            [typeof(FromTheRight)],
            configure: builder => builder.Services.AddRedis(application));

        Assert.Equal("entry", await host.Inbox().NextAsync<string>());
    }

    [Fact]
    public async Task Shutdown_lets_a_running_function_finish_and_takes_no_more()
    {
        await _redis.Database.ListRightPushAsync("batches", "1");
        var host = await StartAsync(typeof(Batches), inbox => inbox.CloseGate());
        var inbox = host.Inbox();
        Assert.Equal("1", await inbox.NextAsync<string>());

        var stopping = host.DisposeAsync().AsTask();
        await _redis.Database.ListRightPushAsync("batches", "2");
        Assert.False(stopping.IsCompleted);
        inbox.Gate.SetResult();
        await stopping;

        Assert.True(inbox.IsEmpty);
        Assert.Equal(["2"], await _redis.Database.ListRangeAsync("batches"));
    }

    [Fact]
    public async Task Shutdown_cancels_a_function_that_does_not_finish_in_time()
    {
        await _redis.Database.ListRightPushAsync("endless", "1");
        var host = await TestHost.StartAsync(
            [typeof(Endless)],
            new() { ["Redis"] = _redis.ConnectionString },
            configure: builder => builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100)));
        var inbox = host.Inbox();
        Assert.Equal("started", await inbox.NextAsync<string>());

        await host.DisposeAsync();

        Assert.Equal("cancelled", await inbox.NextAsync<string>());
    }

    private Task<LocalHostApplication> StartAsync(Type functions, Action<Inbox>? prepare = null) => StartAsync([functions], prepare);

    private Task<LocalHostApplication> StartAsync(Type[] functions, Action<Inbox>? prepare = null) => TestHost.StartAsync(
        functions,
        new() { ["Redis"] = _redis.ConnectionString, ["TestUser"] = "user" },
        configure: builder =>
        {
            var inbox = new Inbox();
            prepare?.Invoke(inbox);
            builder.Services.AddSingleton(inbox);
        });

    private async Task<bool> IsUpAsync()
    {
        try
        {
            await _redis.Database.PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Publishes until a function reports: the subscription is made, or renewed, in the background.</summary>
    private async Task<JsonElement> PublishUntilReceivedAsync(LocalHostApplication host, string channel, string message)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                await _redis.Database.PublishAsync(RedisChannel.Literal(channel), message);
                return !host.Inbox().IsEmpty;
            },
            $"a message on {channel} is received");
        return Parse(await host.Inbox().NextAsync<string>());
    }

    private static JsonElement Parse(string envelope) => JsonElement.Parse(envelope);

    private static async Task<List<string>> TakeAsync(LocalHostApplication host, int count)
    {
        var items = new List<string>();
        while (items.Count < count)
        {
            items.Add(await host.Inbox().NextAsync<string>());
        }

        return [.. items.Order()];
    }

    private sealed class Batches(Inbox inbox)
    {
        [Function("TestBatches")]
        public async Task RunAsync([RedisListTrigger("Redis", "batches", 10, 2)] string entry)
        {
            inbox.Report(entry);
            await inbox.Gate.Task;
        }
    }

    private sealed class FromTheRight(Inbox inbox)
    {
        [Function("TestFromTheRight")]
        public void Run([RedisListTrigger("Redis", "right", 10, 1, ListDirection.RIGHT)] string entry) => inbox.Report(entry);
    }

    private sealed class Failing(Inbox inbox)
    {
        [Function("TestFailing")]
        public void Run([RedisListTrigger("Redis", "failing", 10)] string entry)
        {
            inbox.Report(entry);
            throw new InvalidOperationException("The function fails.");
        }
    }

    private sealed class Channels(Inbox inbox)
    {
        [Function("TestChannel")]
        public async Task OnMessageAsync([RedisPubSubTrigger("Redis", "before")] string message)
        {
            inbox.Report(message);
            await inbox.Gate.Task;
            if (message.Contains("throw", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("The function fails.");
            }
        }

        [Function("TestPattern")]
        public void OnUser([RedisPubSubTrigger("Redis", "%TestUser%:*", pattern: true)] string message) => inbox.Report(message);
    }

    private sealed class WithContext(Inbox inbox)
    {
        [Function("TestWithContext")]
        public void Run([RedisListTrigger("Redis", "context", 10)] string entry, FunctionContext context) =>
            inbox.Report($"{entry} {context.FunctionDefinition.Name}");
    }

    private sealed class Endless(Inbox inbox)
    {
        [Function("TestEndlessEntry")]
        public async Task RunAsync([RedisListTrigger("Redis", "endless", 10)] string entry, CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.Register(() => inbox.Report("cancelled"));
            inbox.Report("started");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    private sealed class Before(Inbox inbox) : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            inbox.Report($"before {context.FunctionDefinition.Name}");
            return next(context);
        }
    }
}
