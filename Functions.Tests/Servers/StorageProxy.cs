using System.Net;
using Azure.Storage.Blobs;

namespace Functions.Tests.Servers;

/// <summary>Proxies in front of Blob storage.</summary>
internal static class StorageProxy
{
    /// <summary>Starts a proxy; returns it and the connection string that leads through it.</summary>
    public static (TcpProxy Proxy, string ConnectionString) Start(string direct)
    {
        var port = new BlobServiceClient(direct).Uri.Port;
        var proxy = TcpProxy.Start(new IPEndPoint(IPAddress.Loopback, port));
        return (proxy, direct.Replace($":{port}/", $":{proxy.Endpoint.Port}/", StringComparison.Ordinal));
    }
}
