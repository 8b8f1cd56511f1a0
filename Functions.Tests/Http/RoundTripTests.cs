using System.Net;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Http;

/// <summary>
/// How often one request waits for Redis. Requests and answers are delayed on their way, so that commands which are sent together are
/// under way together however slow the machine is: a round trip then takes at least the delay, and is counted by the proxy.
/// </summary>
public sealed class RoundTripTests(TestApplications applications) : IAsyncLifetime
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(150);

    private IRedisServer _redis = null!;
    private TcpProxy _proxy = null!;
    private TestApplication _app = null!;
    private ApiClient _user = null!;
    private ApiClient _nobody = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServers.StartNewAsync(RedisKind.Single);
        _proxy = TcpProxy.Start(_redis);
        _app = await applications.StartNewAsync(_proxy.ConnectionString);
        _user = await _app.CreateClient().AsNewUserAsync();
        _nobody = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        _nobody.Dispose();
        await _app.DisposeAsync();
        await _proxy.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_request_waits_for_Redis_once_where_its_limit_is_by_address_and_twice_at_most_where_it_is_by_user()
    {
        var own = $"users/{_user.UserId}";
        using var other = await _app.CreateClient().AsNewUserAsync();

        // Limit and cache; session, limit and cache; session alone; session, then limit.
        await WaitsAsync(1, () => _nobody.GetAsync("products/1"), "hit");
        await WaitsAsync(1, () => _nobody.GetAsync(own), "hit");
        await WaitsAsync(1, () => _user.GetAsync(own), "hit");
        await WaitsAsync(1, () => other.GetAsync(own), "hit");
        await WaitsAsync(1, () => _user.GetAsync("protected"), null);
        await WaitsAsync(2, () => _user.PostAsync("user-action"), null);
    }

    [Fact]
    public async Task What_is_sent_for_one_request_is_one_command_for_each_purpose()
    {
        for (var i = 0; i < 2; i++)
            await _user.GetAsync($"users/{_user.UserId}");

        // Sweeps that happen to run at the same time are scripts too: of several times the least.
        var (scripts, reads, multiple) = (long.MaxValue, long.MaxValue, long.MaxValue);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var counter = await CommandCounter.StartAsync(_redis);
            for (var i = 0; i < 10; i++)
                Assert.Equal("hit", (await _user.GetAsync($"users/{_user.UserId}")).Header("X-Cache"));
            var calls = await counter.CountAsync();
            (scripts, reads, multiple) = (Math.Min(scripts, calls["evalsha"]), Math.Min(reads, calls["get"]), Math.Min(multiple, calls["mget"]));
        }

        // Limit; session; the two views of the answer, as it is not known yet whose session it is.
        Assert.Equal((10, 10, 20), (scripts, reads, multiple));
    }

    private async Task WaitsAsync(int roundTrips, Func<Task<HttpResponseMessage>> send, string? cache)
    {
        // Warm: connections are open, scripts are known, the answer and what decides on it are in the cache.
        for (var i = 0; i < 2; i++)
            await send();

        _proxy.RequestDelay = _proxy.ResponseDelay = Delay;
        try
        {
            // What the application sends of its own (pulse, heartbeat, triggers, each once a second) may add to the count of an attempt, not to the time
            // of the request: one attempt without it decides.
            var fewest = long.MaxValue;
            var fastest = TimeSpan.MaxValue;
            for (var attempt = 0; attempt < 20 && (fewest > roundTrips || fastest > (roundTrips + 1) * 2 * Delay); attempt++)
            {
                var before = _proxy.RoundTrips;
                var started = System.Diagnostics.Stopwatch.GetTimestamp();
                using var response = await send();
                var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal(cache, response.Header("X-Cache"));
                fewest = Math.Min(fewest, _proxy.RoundTrips - before);
                fastest = elapsed < fastest ? elapsed : fastest;
            }

            Assert.Equal(roundTrips, fewest);
            Assert.InRange(fastest, roundTrips * 2 * Delay, (roundTrips + 1) * 2 * Delay);
        }
        finally
        {
            _proxy.RequestDelay = _proxy.ResponseDelay = TimeSpan.Zero;
        }
    }
}
