using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Functions.Tests.Servers;

/// <summary>One client's connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class TcpProxyConnection(TcpProxy proxy, Socket client) : IDisposable
{
    private const int ChunkSize = 16 * 1024;
    private const int MaxChunksUnderWay = 256;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _requestPending;
    private byte[]? _commitToLose;
    private bool _answerLost;

    /// <summary>Forwards until both ends have closed, or until this is disposed.</summary>
    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            client.NoDelay = true;
            if (proxy.Swallows)
            {
                await SwallowAsync();
                return;
            }
            await _server.ConnectAsync(target);
            await Task.WhenAll(
                PumpAsync(client, _server, () => proxy.RequestDelay, () => proxy.RequestsReleased, OnRequest),
                PumpAsync(_server, client, () => proxy.ResponseDelay, () => Task.CompletedTask, OnResponse));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Either end broke, the server does not listen, or we were cut: the other end sees a broken connection too.
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        Reset(client);
        Reset(_server);
        _disposed.TrySetResult(); // What is held ends after that: it must not be sent.
    }

    public void HalfClose()
    {
        try
        {
            client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }
        socket.Dispose();
    }

    private void OnRequest(ReadOnlySpan<byte> chunk)
    {
        Volatile.Write(ref _requestPending, true);
        if (proxy.LostCommit is { } sql && chunk.IndexOf(sql) >= 0)
            _commitToLose = sql;
        if (_commitToLose is not null && chunk.IndexOf("COMMIT"u8) >= 0)
        {
            Volatile.Write(ref _answerLost, proxy.TryLose(_commitToLose));
            _commitToLose = null;
        }
    }

    private void OnResponse(ReadOnlySpan<byte> chunk)
    {
        if (Volatile.Read(ref _answerLost))
            Dispose(); // The server has acted on the request; nobody hears of it.
        if (Interlocked.Exchange(ref _requestPending, false))
            proxy.CountRoundTrip();
    }

    private async Task SwallowAsync()
    {
        var buffer = new byte[ChunkSize];
        while (await client.ReceiveAsync(buffer) > 0)
        {
        }
    }

    /// <summary>
    /// Receiving and sending run side by side, so that a delay is a latency: what follows does not wait for what is under way.
    /// </summary>
    private async Task PumpAsync(Socket from, Socket to, Func<TimeSpan> delay, Func<Task> released, Action<ReadOnlySpan<byte>> onReceived)
    {
        var underWay = Channel.CreateBounded<(byte[] Chunk, long Due)>(MaxChunksUnderWay);
        await Task.WhenAll(ReceiveAsync(from, underWay.Writer, delay, onReceived), SendAsync(underWay.Reader, released, to));
    }

    private async Task ReceiveAsync(Socket from, ChannelWriter<(byte[] Chunk, long Due)> underWay, Func<TimeSpan> delay, Action<ReadOnlySpan<byte>> onReceived)
    {
        try
        {
            var buffer = new byte[ChunkSize];
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                if (proxy.Swallows)
                    continue;
                onReceived(buffer.AsSpan(0, count));
                await underWay.WriteAsync((buffer[..count], Stopwatch.GetTimestamp() + (long)(delay().TotalSeconds * Stopwatch.Frequency)));
            }
        }
        catch
        {
            Dispose(); // the other three loops of this connection end too
            throw;
        }
        finally
        {
            underWay.TryComplete();
        }
    }

    private async Task SendAsync(ChannelReader<(byte[] Chunk, long Due)> underWay, Func<Task> released, Socket to)
    {
        try
        {
            await foreach (var (chunk, due) in underWay.ReadAllAsync())
            {
                // Timers may be early by the part of a millisecond.
                while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var remaining && remaining > TimeSpan.Zero)
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)));
                await Task.WhenAny(released(), _disposed.Task);
                if (!proxy.Swallows)
                    await to.SendAsync(chunk);
            }
            if (!proxy.Swallows)
                to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
