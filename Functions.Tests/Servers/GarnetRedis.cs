using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;

namespace Functions.Tests.Servers;

/// <summary>
/// Garnet in this process: starts within milliseconds and needs no installation. Its data is gone when it stops, in whichever way.
/// </summary>
public sealed class GarnetRedis : IRedisServer
{
    private const int StartAttempts = 5;

    private GarnetServer? _server;

    private GarnetRedis() => Port = FreePort.Next();

    public int Port { get; }

    public string ConnectionString => Endpoint.ToString();

    public IReadOnlyList<IPEndPoint> Endpoints => _server is null ? [] : [Endpoint];

    private IPEndPoint Endpoint => new(IPAddress.Loopback, Port);

    public static async Task<GarnetRedis> StartNewAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new GarnetRedis();
            try
            {
                await server.StartAsync();
                return server;
            }
            catch (SocketException) when (attempt < StartAttempts)
            {
                // Somebody else took the port meanwhile.
            }
        }
    }

    public Task StartAsync() => _server is null ? Task.Run(Start) : Task.CompletedTask;

    public Task StopAsync() => Task.Run(() => Interlocked.Exchange(ref _server, null)?.Dispose());

    public Task KillAsync() => StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();

    private void Start()
    {
        var server = new GarnetServer(new GarnetServerOptions
        {
            EndPoints = [Endpoint],
            EnableLua = true,
            LuaOptions = new LuaOptions(),
            // Without this, scripts of several connections interleave. With it a script locks its KEYS, and only those.
            LuaTransactionMode = true,
            CommandStatsMonitor = true,
            QuietMode = true,
            LogMemorySize = "128m",
            PageSize = "4m",
            IndexMemorySize = "16m",
        });
        try
        {
            server.Start();
        }
        catch
        {
            server.Dispose();
            throw;
        }
        _server = server;
    }
}
