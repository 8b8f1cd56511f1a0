using System.Net;

namespace Functions.Tests.Servers;

/// <summary>
/// A Redis for tests: one server or several that act as one. A shared one (<see cref="RedisServers.GetAsync"/>) is only talked to;
/// a test that stops, kills or flushes starts its own.
/// </summary>
public interface IRedisServer : IAsyncDisposable
{
    /// <summary>What a user of the application would configure, in the format of StackExchange.Redis.</summary>
    string ConnectionString { get; }

    /// <summary>The running servers that hold data: masters and replicas, not sentinels.</summary>
    IReadOnlyList<IPEndPoint> Endpoints { get; }

    /// <summary>Shuts down in an orderly way. Returns when no server is left; does nothing when none runs.</summary>
    Task StopAsync();

    /// <summary>Starts what does not run, on the same ports and with what was persisted. Returns when commands are served again.</summary>
    Task StartAsync();

    /// <summary>Ends every server at once, without a chance to write anything (SIGKILL).</summary>
    Task KillAsync();
}
