using System.Diagnostics;
using System.Net.Sockets;

namespace Functions.Tests.Servers;

public sealed class TcpProxyTests(RedisServers servers)
{
    [Fact]
    public async Task Counts_a_pipeline_as_one_round_trip()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        await connection.CallAsync("PING");
        await connection.CallAsync("PING");
        Assert.Equal(2, proxy.RoundTrips);

        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Endpoint, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("PING\r\nPING\r\nPING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await client.GetStream().ReadExactlyAsync(new byte["+PONG\r\n".Length * 3], TestContext.Current.CancellationToken);

        Assert.Equal(3, proxy.RoundTrips);
        Assert.Equal(2, proxy.ConnectionCount);
    }

    [Fact]
    public async Task Counts_every_round_trip_of_many_connections()
    {
        await using var proxy = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
            for (var i = 0; i < 50; i++)
                Assert.Equal("PONG", await connection.CallAsync("PING"));
        }));

        Assert.Equal(1_000, proxy.RoundTrips);
        await TestPolling.EventuallyAsync(() => Task.FromResult(proxy.ConnectionCount == 0), TimeSpan.FromSeconds(5), "closed connections to be forgotten");
    }

    [Fact]
    public async Task Forwards_large_values_unchanged()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        var key = Unique.Name();
        var value = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + i % 26)));

        await connection.CallAsync("SET", key, value);

        Assert.Equal(value, await connection.CallAsync("GET", key));
    }

    [Fact]
    public async Task Delays_each_direction()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        await connection.CallAsync("PING");

        proxy.RequestDelay = TimeSpan.FromMilliseconds(60);
        Assert.InRange(await MeasureAsync(connection), 60, 2_000);
        proxy.ResponseDelay = TimeSpan.FromMilliseconds(90);
        Assert.InRange(await MeasureAsync(connection), 150, 2_000);
    }

    [Fact]
    public async Task Holds_requests_until_it_releases_them()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        var key = Unique.Name();
        await connection.CallAsync("SET", key, "before");
        var before = proxy.RoundTrips;

        proxy.HoldRequests();
        var set = connection.CallAsync("SET", key, "after");
        var get = RespConnection.CallOnceAsync(proxy.Endpoint, "GET", key);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(set.IsCompleted || get.IsCompleted);
        Assert.Equal(before, proxy.RoundTrips);
        Assert.Equal("before", await RespConnection.CallOnceAsync((await servers.GetAsync(RedisKind.Garnet)).Endpoints[0], "GET", key));

        proxy.ReleaseRequests();
        await set;
        Assert.Contains(await get, new object?[] { "before", "after" });
        Assert.Equal("after", await connection.CallAsync("GET", key));
    }

    [Fact]
    public async Task Cut_connections_lose_what_is_held()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        var key = Unique.Name();
        await connection.CallAsync("SET", key, "before");

        proxy.HoldRequests();
        var set = connection.CallAsync("SET", key, "lost");
        proxy.CutConnections();
        await Assert.ThrowsAsync<IOException>(() => set);
        await TestPolling.EventuallyAsync(() => Task.FromResult(proxy.ConnectionCount == 0), TimeSpan.FromSeconds(5), "cut connections to be forgotten");
        proxy.ReleaseRequests();

        Assert.Equal("before", await RespConnection.CallOnceAsync(proxy.Endpoint, "GET", key));
    }

    [Fact]
    public async Task Cut_connections_break_and_new_ones_work()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        await connection.CallAsync("PING");

        proxy.CutConnections();

        await Assert.ThrowsAsync<IOException>(() => connection.CallAsync("PING"));
        Assert.Equal("PONG", await RespConnection.CallOnceAsync(proxy.Endpoint, "PING"));
    }

    [Fact]
    public async Task Refuses_new_connections_until_it_resumes()
    {
        await using var proxy = await StartAsync();
        using var connection = await RespConnection.OpenAsync(proxy.Endpoint);
        await connection.CallAsync("PING");

        proxy.RefuseConnections();
        await Assert.ThrowsAsync<SocketException>(() => RespConnection.OpenAsync(proxy.Endpoint));
        Assert.Equal("PONG", await connection.CallAsync("PING"));

        proxy.Resume();
        Assert.Equal("PONG", await RespConnection.CallOnceAsync(proxy.Endpoint, "PING"));
    }

    [Fact]
    public async Task Swallows_everything_until_it_resumes()
    {
        await using var proxy = await StartAsync();
        using var open = await RespConnection.OpenAsync(proxy.Endpoint);
        await open.CallAsync("PING");

        proxy.SwallowEverything();
        using var accepted = await RespConnection.OpenAsync(proxy.Endpoint);
        Task[] calls = [open.CallAsync("PING"), accepted.CallAsync("PING")];
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.All(calls, call => Assert.False(call.IsCompleted));

        proxy.Resume();
        foreach (var call in calls)
            await Assert.ThrowsAsync<IOException>(() => call);
        Assert.Equal("PONG", await RespConnection.CallOnceAsync(proxy.Endpoint, "PING"));
    }

    private async Task<TcpProxy> StartAsync() => TcpProxy.Start(await servers.GetAsync(RedisKind.Garnet));

    private static async Task<double> MeasureAsync(RespConnection connection)
    {
        var elapsed = Stopwatch.StartNew();
        await connection.CallAsync("PING");
        return elapsed.Elapsed.TotalMilliseconds;
    }
}
