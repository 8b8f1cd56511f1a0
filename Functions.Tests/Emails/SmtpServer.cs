using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Functions.Tests.Emails;

/// <summary>A mail server for one connection, which answers every recipient the same.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StringBuilder _received = new();
    private readonly string _reply;
    private readonly string? _goodbye;
    private readonly Task _serving;

    /// <param name="reply">What RCPT TO is answered by.</param>
    /// <param name="goodbye">What QUIT is answered by; null for nothing at all.</param>
    public SmtpServer(string reply, string? goodbye = "221 Bye")
    {
        (_reply, _goodbye) = (reply, goodbye);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All lines of the client.</summary>
    public string Received
    {
        get
        {
            lock (_received)
                return _received.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 test");
        var inData = false;
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_received)
                _received.AppendLine(line);
            if (inData)
            {
                if (line != ".")
                    continue;
                inData = false;
                await writer.WriteLineAsync("250 Taken");
                continue;
            }

            if (line == "QUIT" && _goodbye is null)
                continue;
            inData = line == "DATA";
            await writer.WriteLineAsync(line.Split(' ')[0] switch
            {
                "EHLO" or "HELO" => "250 test",
                "RCPT" => _reply,
                "DATA" => "354 Go on",
                "QUIT" => _goodbye,
                _ => "250 Ok",
            });
        }
    }
}
