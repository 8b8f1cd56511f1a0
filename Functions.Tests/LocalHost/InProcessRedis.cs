using System.Net;
using Functions.Tests.Servers;
using Garnet;
using Garnet.server;
using StackExchange.Redis;

namespace Functions.Tests.LocalHost;

/// <summary>A Garnet server in this process that can be stopped and started again on its port.</summary>
internal sealed class InProcessRedis : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private GarnetServer? _server;
    private ConnectionMultiplexer? _connection;

    private InProcessRedis()
    {
    }

    public string ConnectionString => $"127.0.0.1:{_port},connectTimeout=2000,asyncTimeout=2000";

    public IDatabase Database => _connection!.GetDatabase();

    public static async Task<InProcessRedis> StartAsync()
    {
        var redis = new InProcessRedis();
        redis.Start();
        redis._connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},abortConnect=false");
        return redis;
    }

    public void Start()
    {
        _server = new GarnetServer(new GarnetServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, _port)], QuietMode = true });
        _server.Start();
    }

    public void Stop()
    {
        _server?.Dispose();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection!.DisposeAsync();
        Stop();
    }
}
