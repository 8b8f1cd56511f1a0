using Functions.Tests.Application;
using Functions.Tests.Browser;
using Functions.Tests.Servers;

namespace Functions.Tests.Faults.EventSources;

/// <summary>
/// What reads event streams in the field, through everything that can happen to servers, instances and connections. An <c>EventSource</c> gives up for good
/// when it is answered anything but 200 and a stream.
/// </summary>
[Collection(FaultServers.Name)]
public sealed class EventSourceTests(FaultServers servers, Browsers browsers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public Task An_event_source_of_npm_gets_every_event_once_and_in_order_whatever_dies() =>
        RunAsync((events, user) => NpmEventSource.StartAsync(events, user.Session!));

    [Fact]
    public Task An_event_source_of_a_browser_gets_every_event_once_and_in_order_whatever_dies() =>
        RunAsync(async (events, user) => await ChromiumEventSource.StartAsync(await browsers.GetAsync(), events, user.Email, ApiClient.Password));

    private async Task RunAsync<TSource>(Func<Uri, ApiClient, Task<TSource>> startAsync)
        where TSource : IEventSource
    {
        await using var redis = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        var settings = LocalHostProcess.SettingsOf(redis.ConnectionString, await servers.CreateDatabaseAsync());
        settings["REDIS_COMMAND_TIMEOUT"] = "00:00:02";
        await using var one = await LocalHostProcess.StartAsync(settings);
        await using var two = await LocalHostProcess.StartAsync(settings);
        await using var balancer = TcpProxy.Start(one.Endpoint);
        var address = new Uri($"http://{balancer.Endpoint}");
        using var user = await new ApiClient(one.Address).AsNewUserAsync();
        using var admin = await new ApiClient(one.Address).AsAdminAsync();
        await using var source = await startAsync(new Uri(address, "api/events"), user);
        await EventuallyAsync(seen => seen.Opens > 0, "the stream to open");
        await using var publisher = new NumberPublisher([one.Address, two.Address], admin.Session!, user.UserId);

        await CaughtUpAsync("the first events");
        for (var i = 0; i < 3; i++)
        {
            balancer.CutConnections();
            await CaughtUpAsync("a cut connection");
        }

        await redis.KillAsync();
        await redis.StartAsync();
        await CaughtUpAsync("a restart of Redis");

        await redis.KillAsync();
        balancer.CutConnections();
        await ReconnectedAsync(times: 2, "while Redis was away");
        await redis.StartAsync();
        await CaughtUpAsync("an outage of Redis");

        await one.KillAsync();
        balancer.Target = two.Endpoint;
        await CaughtUpAsync("an instance that was killed");
        await one.StartAsync();

        await Task.WhenAll(redis.KillAsync(), two.KillAsync());
        balancer.Target = one.Endpoint;
        await ReconnectedAsync(times: 1, "to an instance that lacks Redis");
        await redis.StartAsync();
        await CaughtUpAsync("an instance and Redis that were killed at once");

        // The instance that takes over has started without Redis.
        await redis.KillAsync();
        await two.StartAsync();
        balancer.Target = two.Endpoint;
        balancer.CutConnections();
        await ReconnectedAsync(times: 1, "to an instance that has never reached Redis");
        await redis.StartAsync();
        await CaughtUpAsync("an instance that started without Redis");

        await redis.PauseAsync();
        balancer.CutConnections();
        await ReconnectedAsync(times: 1, "while Redis was silent");
        await redis.ResumeAsync();
        await CaughtUpAsync("a Redis that was silent");

        await two.StopAsync();
        balancer.Target = one.Endpoint;
        await CaughtUpAsync("an instance that was shut down");

        await publisher.StopAsync();
        await EventuallyAsync(seen => seen.Everybody.Count + seen.Own.Count >= publisher.Published, "the last events");
        var all = await source.ReadAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"{publisher.Published} events, {all.Opens} connections");
        Assert.Equal(Enumerable.Range(0, all.Everybody.Count), all.Everybody);
        Assert.Equal(Enumerable.Range(0, all.Own.Count), all.Own);
        Assert.Equal(publisher.Published, all.Everybody.Count + all.Own.Count);
        Assert.Equal((0, 0), (all.Ends, all.Resets));

        async Task ReconnectedAsync(int times, string when)
        {
            var opens = (await source.ReadAsync()).Opens;
            await EventuallyAsync(seen => seen.Opens >= opens + times, $"it to reconnect {when}");
        }

        async Task CaughtUpAsync(string after)
        {
            var more = publisher.Published + 20;
            await EventuallyAsync(seen => seen.Everybody.Count + seen.Own.Count >= more, $"events after {after}");
        }

        async Task EventuallyAsync(Func<SeenEvents, bool> condition, string what)
        {
            SeenEvents? last = null;
            try
            {
                await TestPolling.EventuallyAsync(async () => condition(last = await source.ReadAsync()) || last.Ends > 0, Deadline, what);
            }
            finally
            {
                if (last is { Ends: > 0 })
                {
                    Assert.Fail($"It gave up while it waited for {what}: {string.Join("; ", last.Errors)}");
                }
            }
        }
    }
}
