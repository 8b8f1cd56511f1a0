using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Functions.Benchmarks.Events;

/// <summary>A client of <c>GET /events</c> that costs the load generator little: a socket and a small buffer.</summary>
internal sealed class EventStreamClient(int port, string session) : IDisposable
{
    private static readonly byte[] Marker = "\"product_id\":"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects, and returns when the stream has begun; events are then reported with their number and time of arrival.</summary>
    public async Task StartAsync(Action<int, long> received)
    {
        await _socket.ConnectAsync("127.0.0.1", port);
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/events HTTP/1.1\r\nHost: localhost:{port}\r\nX-Session-ID: {session}\r\n\r\n"));
        _ = ReadAsync(received);
        await _connected.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync(Action<int, long> received)
    {
        var buffer = new byte[4096];
        var kept = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(kept)) is > 0 and var count)
            {
                var now = Stopwatch.GetTimestamp();
                var text = buffer.AsMemory(0, kept + count);
                if (!_connected.Task.IsCompleted && text.Span.IndexOf(": connected"u8) >= 0)
                {
                    _connected.TrySetResult();
                }

                while (text.Span.IndexOf(Marker) is >= 0 and var at && text.Span[(at + Marker.Length)..].IndexOf((byte)',') is > 0 and var length)
                {
                    received(int.Parse(text.Span.Slice(at + Marker.Length, length), CultureInfo.InvariantCulture), now);
                    text = text[(at + Marker.Length + length)..];
                }

                kept = Math.Min(text.Length, 64);
                text[^kept..].CopyTo(buffer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }

        _connected.TrySetException(new IOException("The stream ended before it began."));
    }
}
