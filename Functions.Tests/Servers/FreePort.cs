using System.Net;
using System.Net.Sockets;

namespace Functions.Tests.Servers;

/// <summary>
/// Ports that a server can be stopped and started on again. They lie below the range from which systems take the source ports of
/// outgoing connections: else a connection attempt could take the port of a stopped server, or even connect to itself.
/// Nobody can reserve a port for another process, so who starts a server tries again with another port when binding fails.
/// </summary>
internal static class FreePort
{
    /// <summary>Redis Cluster listens on a second port, this much above the first.</summary>
    private const int ClusterBusOffset = 10_000;
    private const int First = 11_000;
    private const int Count = 10_000;

    // Concurrent test processes begin at different places; within a process no port comes twice.
    private static int _last = Random.Shared.Next(Count);

    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (CanBind(port) && CanBind(port + ClusterBusOffset))
                return port;
        }
        throw new InvalidOperationException($"No free port between {First} and {First + Count}.");
    }

    private static bool CanBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
