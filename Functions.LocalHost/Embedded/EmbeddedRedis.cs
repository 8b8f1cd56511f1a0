using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;

namespace Functions.LocalHost.Embedded;

/// <summary>Garnet, a Redis server, in this process on a free loopback port. In memory only.</summary>
internal sealed class EmbeddedRedis : IDisposable
{
    private const int StartAttempts = 5;

    private readonly GarnetServer _server;

    private EmbeddedRedis(GarnetServer server, int port) => (_server, ConnectionString) = (server, $"127.0.0.1:{port}");

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString { get; }

    public static EmbeddedRedis Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = LoopbackPort.FindFree();
            var server = new GarnetServer(Options(port));
            try
            {
                server.Start();
                return new EmbeddedRedis(server, port);
            }
            catch (Exception failure) when (attempt < StartAttempts && IsPortTaken(failure))
            {
                server.Dispose();
            }
            catch
            {
                server.Dispose();
                throw;
            }
        }
    }

    public void Dispose() => _server.Dispose();

    private static bool IsPortTaken(Exception? failure) =>
        failure is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || (failure is not null && IsPortTaken(failure.InnerException));

    private static GarnetServerOptions Options(int port) => new()
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        QuietMode = true,
        EnableLua = true,

        // Without this, scripts of several connections interleave. With it a script locks its KEYS, and only those.
        LuaTransactionMode = true,
        LuaOptions = new LuaOptions(LuaMemoryManagementMode.Native, string.Empty, Timeout.InfiniteTimeSpan, LuaLoggingMode.Silent, []),

        // A development server: pages are allocated as they fill up, so it begins small and has room for some hundred megabytes.
        // Without a storage tier nothing goes to disk; what does not fit is dropped, oldest first.
        LogMemorySize = "512m",
        PageSize = "4m",
        IndexMemorySize = "4m",
        IndexMaxMemorySize = "64m",
        ExpiredKeyDeletionScanFrequencySecs = 60,
        ExpiredObjectCollectionFrequencySecs = 60
    };
}
