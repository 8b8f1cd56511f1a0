using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Functions.Tests.Servers;

/// <summary>
/// One plain connection to one server, for setting servers up and looking into them. Unlike StackExchange.Redis it sends nothing of
/// its own, so it neither disturbs what is counted nor needs a server that is ready. For one caller at a time.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private RespConnection(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
        _reader = new StreamReader(_stream, Encoding.Latin1); // one character per byte: lengths count bytes
    }

    public static async Task<RespConnection> OpenAsync(IPEndPoint endpoint)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            await client.ConnectAsync(endpoint, timeout.Token);
            return new RespConnection(client);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public static async Task<object?> CallOnceAsync(IPEndPoint endpoint, params string[] command)
    {
        using var connection = await OpenAsync(endpoint);
        return await connection.CallAsync(command);
    }

    /// <summary>Sends one command. The reply is a string, a long, an array of replies, or null.</summary>
    /// <exception cref="RespException">The server answered with an error.</exception>
    public async Task<object?> CallAsync(params string[] command)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        var request = new StringBuilder($"*{command.Length}\r\n");
        foreach (var argument in command)
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(argument)}\r\n{argument}\r\n");
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()), timeout.Token);
        return await ReadReplyAsync(timeout.Token);
    }

    public void Dispose() => _client.Dispose();

    private async Task<object?> ReadReplyAsync(CancellationToken cancellationToken)
    {
        var line = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException("The server closed the connection.");
        var value = line[1..];
        switch (line[0])
        {
            case '+':
                return value;
            case '-':
                throw new RespException(value);
            case ':':
                return long.Parse(value, CultureInfo.InvariantCulture);
            case '$' when value == "-1":
            case '*' when value == "-1":
                return null;
            case '$':
                var text = new char[int.Parse(value, CultureInfo.InvariantCulture) + 2];
                if (await _reader.ReadBlockAsync(text, cancellationToken) < text.Length)
                    throw new IOException("The server closed the connection within a reply.");
                return new string(text, 0, text.Length - 2);
            case '*':
                var items = new object?[int.Parse(value, CultureInfo.InvariantCulture)];
                for (var i = 0; i < items.Length; i++)
                    items[i] = await ReadReplyAsync(cancellationToken);
                return items;
            default:
                throw new InvalidDataException($"Not a RESP2 reply: {line}");
        }
    }
}
