using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Functions.Tests.Servers;

/// <summary>
/// A TCP proxy on loopback, in front of one server, that counts round trips and makes the network bad. All members may be used at any
/// time, by any thread. For any server with one address; a cluster and sentinels hand out their own, past the proxy.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int StartAttempts = 5;

    private readonly ConcurrentDictionary<TcpProxyConnection, Task> _connections = new();
    private readonly Lock _listening = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private long _roundTrips;
    private long _requestDelay;
    private long _responseDelay;
    private volatile bool _swallows;
    private TaskCompletionSource? _held;
    private byte[]? _lostCommit;
    private volatile IPEndPoint _target;

    private TcpProxy(IPEndPoint target)
    {
        _target = target;
        Endpoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
    }

    public IPEndPoint Endpoint { get; }

    public string ConnectionString => Endpoint.ToString();

    /// <summary>Where new connections lead.</summary>
    public IPEndPoint Target
    {
        get => _target;
        set => _target = value;
    }

    /// <summary>
    /// How often a client waited for the server: a response that follows on one or more requests of its connection counts one, so
    /// commands sent together count once. What the server sends unasked (messages) counts nothing. Includes what a client library sends
    /// of its own, mostly while it connects: compare before and after.
    /// </summary>
    public long RoundTrips => Interlocked.Read(ref _roundTrips);

    /// <summary>How long what clients send is on its way. Changes apply to what arrives from then on; order is kept.</summary>
    public TimeSpan RequestDelay
    {
        get => new(Interlocked.Read(ref _requestDelay));
        set => Interlocked.Exchange(ref _requestDelay, value.Ticks);
    }

    /// <summary>How long what the server sends is on its way.</summary>
    public TimeSpan ResponseDelay
    {
        get => new(Interlocked.Read(ref _responseDelay));
        set => Interlocked.Exchange(ref _responseDelay, value.Ticks);
    }

    /// <summary>The connections that are open at present.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Starts a proxy in front of a server's only endpoint.</summary>
    public static TcpProxy Start(IRedisServer server) => Start(server.Endpoints.Single());

    public static TcpProxy Start(IPEndPoint target)
    {
        for (var attempt = 1; ; attempt++)
        {
            var proxy = new TcpProxy(target);
            try
            {
                proxy.Listen();
                return proxy;
            }
            catch (SocketException) when (attempt < StartAttempts)
            {
                // Somebody else took the port meanwhile.
            }
        }
    }

    /// <summary>
    /// What clients send stays here, on open and on new connections, until <see cref="ReleaseRequests"/>; order is kept, and what the server
    /// sends still arrives.
    /// </summary>
    public void HoldRequests() => Interlocked.CompareExchange(ref _held, new(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>Ends <see cref="HoldRequests"/>.</summary>
    public void ReleaseRequests() => Interlocked.Exchange(ref _held, null)?.SetResult();

    /// <summary>Starts a proxy in front of the server of a PostgreSQL connection string; returns the string that leads through it, too.</summary>
    public static (TcpProxy Proxy, string ConnectionString) StartBefore(string postgres)
    {
        var server = new NpgsqlConnectionStringBuilder(postgres);
        var proxy = Start(new IPEndPoint(IPAddress.Loopback, server.Port));
        (server.Host, server.Port) = ("127.0.0.1", proxy.Endpoint.Port);
        return (proxy, server.ConnectionString);
    }

    /// <summary>Resets all open connections. New ones are accepted as before.</summary>
    public void CutConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Dispose();
    }

    /// <summary>New connections are refused, as if the server was stopped. Open ones go on, unless they are cut.</summary>
    public void RefuseConnections()
    {
        lock (_listening)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Tells the clients of all open connections that the server has ended its side; what they send still arrives.</summary>
    public void HalfCloseConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.HalfClose();
    }

    /// <summary>
    /// The next <c>COMMIT</c> of a transaction that has run a command with <paramref name="sql"/> in it reaches the server, which commits; but the answer is lost,
    /// and the connection reset.
    /// </summary>
    public void LoseCommitAfter(string sql) => Volatile.Write(ref _lostCommit, Encoding.UTF8.GetBytes(sql));

    /// <summary>Whether the answer that <see cref="LoseCommitAfter"/> names has not been lost yet.</summary>
    public bool HasCommitToLose => LostCommit is not null;

    /// <summary>Nothing arrives any more, in either direction, on open and on new connections; but they stay open.</summary>
    public void SwallowEverything() => _swallows = true;

    /// <summary>Ends <see cref="RefuseConnections"/> and <see cref="SwallowEverything"/>. Connections that lost data are cut.</summary>
    public void Resume()
    {
        if (_swallows)
        {
            _swallows = false;
            CutConnections();
        }
        Listen();
    }

    public async ValueTask DisposeAsync()
    {
        RefuseConnections();
        await _accepting;
        CutConnections();
        await Task.WhenAll(_connections.Values);
    }

    internal bool Swallows => _swallows;

    /// <summary>Ends when requests may go on.</summary>
    internal Task RequestsReleased => Volatile.Read(ref _held)?.Task ?? Task.CompletedTask;

    /// <summary>What a transaction whose commit is to be lost has in it; null for none.</summary>
    internal byte[]? LostCommit => Volatile.Read(ref _lostCommit);

    /// <summary>True once.</summary>
    internal bool TryLose(byte[] commit) => Interlocked.CompareExchange(ref _lostCommit, null, commit) == commit;

    internal void CountRoundTrip() => Interlocked.Increment(ref _roundTrips);

    private void Listen()
    {
        lock (_listening)
        {
            if (_listener is not null)
                return;
            var listener = new TcpListener(Endpoint);
            listener.Start();
            _listener = listener;
            _accepting = Task.WhenAll(_accepting, Task.Run(() => AcceptAsync(listener)));
        }
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var connection = new TcpProxyConnection(this, await listener.AcceptSocketAsync());
                // Known before it runs, so that it is cut whatever it is doing, and can remove itself when it ends.
                var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = ServeAsync(connection, known.Task);
                known.SetResult();
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException)
        {
            // Not listening any more.
        }
    }

    private async Task ServeAsync(TcpProxyConnection connection, Task known)
    {
        await known;
        await connection.RunAsync(_target);
        _connections.TryRemove(connection, out _);
    }
}
