using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Functions.Tests.Servers;

/// <summary>A real <c>redis-server</c> in a process and a temporary directory of its own.</summary>
public sealed class RedisProcess : IRedisServer
{
    private const int StartAttempts = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly string _program;
    private readonly string _directory = Directory.CreateTempSubdirectory("functions-tests-redis-").FullName;
    private readonly bool _sentinel;
    private GuardedProcess? _process;

    private RedisProcess(string program, bool sentinel, IEnumerable<string> settings)
    {
        _program = program;
        _sentinel = sentinel;
        Port = FreePort.Next();
        File.WriteAllLines(ConfigurationFile,
            [$"port {Port}", "bind 127.0.0.1", $"dir \"{_directory}\"", "loglevel warning", .. settings]);
    }

    public int Port { get; }

    /// <summary>The process id of the running server.</summary>
    public int ProcessId { get; private set; }

    public bool IsRunning => _process is { HasExited: false };

    public IPEndPoint Endpoint => new(IPAddress.Loopback, Port);

    public string ConnectionString => Endpoint.ToString();

    public IReadOnlyList<IPEndPoint> Endpoints => IsRunning ? [Endpoint] : [];

    // The server itself rewrites this file when roles change (Sentinel), so it is written only once.
    private string ConfigurationFile => Path.Combine(_directory, "redis.conf");

    private string LogFile => Path.Combine(_directory, "redis.log");

    /// <summary>Starts a server on a free port.</summary>
    /// <param name="settings">Further lines of <c>redis.conf</c>, such as <c>maxmemory 10mb</c>.</param>
    public static Task<RedisProcess> StartNewAsync(RedisPersistence persistence = RedisPersistence.None, params string[] settings) =>
        StartNewAsync(sentinel: false, ["save \"\"", "repl-diskless-sync-delay 0", .. Lines(persistence), .. settings]);

    internal static Task<RedisProcess> StartNewSentinelAsync(params string[] settings) => StartNewAsync(sentinel: true, settings);

    public async Task StartAsync()
    {
        if (IsRunning)
            return;
        _process?.Dispose();
        _process = GuardedProcess.Start(_directory, LogFile, [_program, ConfigurationFile, .. _sentinel ? ["--sentinel"] : Array.Empty<string>()]);

        var elapsed = Stopwatch.StartNew();
        while (!await IsReadyAsync())
        {
            if (!IsRunning || elapsed.Elapsed > StartTimeout)
                throw new InvalidOperationException($"redis-server on port {Port} did not start:\n{await File.ReadAllTextAsync(LogFile)}");
            await Task.Delay(10);
        }
    }

    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        await SignalAsync("CONT"); // a paused server sees the other signal only then
        await WaitForExitAsync();
    }

    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await WaitForExitAsync();
    }

    /// <summary>Freezes the server (SIGSTOP): the system still accepts connections and data for it, but nothing is answered.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Lets a paused server go on (SIGCONT).</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    internal Task<object?> CallAsync(params string[] command) => RespConnection.CallOnceAsync(Endpoint, command);

    private static async Task<RedisProcess> StartNewAsync(bool sentinel, IReadOnlyList<string> settings)
    {
        var program = RedisAvailability.RequireRedisServer();
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisProcess(program, sentinel, settings);
            try
            {
                await server.StartAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts && !server.IsRunning)
            {
                // Most likely somebody else took the port meanwhile. A wrong setting fails the last attempt, with the server's words.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    private static string[] Lines(RedisPersistence persistence) => persistence switch
    {
        RedisPersistence.AppendEverySecond => ["appendonly yes", "appendfsync everysec"],
        RedisPersistence.AppendAlways => ["appendonly yes", "appendfsync always"],
        _ => [],
    };

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var connection = await RespConnection.OpenAsync(Endpoint);
            var info = RedisInfo.Parse(await connection.CallAsync("INFO", "server"));
            if (info.GetValueOrDefault("config_file") != ConfigurationFile)
                return false; // another server has the port; ours is about to exit
            ProcessId = int.Parse(info["process_id"], CultureInfo.InvariantCulture);
            return await connection.CallAsync("PING") is "PONG"; // an error while it loads its data
        }
        catch (Exception exception) when (exception is SocketException or IOException or RespException)
        {
            return false;
        }
    }

    private Task SignalAsync(string signal) => IsRunning ? _process!.SignalAsync(signal) : Task.CompletedTask;

    private Task WaitForExitAsync() => _process?.WaitForExitAsync(StopTimeout) ?? Task.CompletedTask;
}
