using System.Net;
using System.Net.Sockets;

namespace Functions.LocalHost.Embedded;

/// <summary>Free TCP ports of the loopback address, for servers that cannot choose one themselves.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that was free a moment ago: another process may take it first, so the caller tries again with another one.</summary>
    public static int FindFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
