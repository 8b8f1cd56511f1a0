using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Functions.LocalHost.Embedded;
using Functions.Tests.Servers;

namespace Functions.Tests.Caching;

/// <summary>A process with a cache (<see cref="CacheDriver"/>); it ends when it is disposed, killed, or this process ends.</summary>
internal sealed class CacheProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _calls = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private int _lastCall;

    private CacheProcess(Process process)
    {
        _process = process;
        _reading = Task.Run(ReadAsync);
    }

    public static async Task<CacheProcess[]> StartAsync(IRedisServer server, string prefix, int count)
    {
        var dotnet = Supervisor.DotnetProgram();
        CacheProcess[] processes = [.. Enumerable.Range(0, count).Select(_ => new CacheProcess(
            Process.Start(new ProcessStartInfo(dotnet, [typeof(CacheDriver).Assembly.Location])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment = { [CacheDriver.Variable] = $"{server.ConnectionString}|{prefix}" },
            })!))];
        await Task.WhenAll(processes.Select(process => process._ready.Task)).WaitAsync(Deadline);
        return processes;
    }

    /// <summary>Sends a command and returns its answer.</summary>
    public async Task<string> CallAsync(string command)
    {
        var call = Interlocked.Increment(ref _lastCall).ToString(CultureInfo.InvariantCulture);
        var answer = _calls[call] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_process)
        {
            _process.StandardInput.WriteLine($"{call} {command}");
            _process.StandardInput.Flush();
        }

        return await answer.Task.WaitAsync(Deadline);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ', 2);
            if (words is ["ready"])
                _ready.TrySetResult(line);
            else if (_calls.TryRemove(words[0], out var call))
                call.TrySetResult(words[1]);
        }

        _ready.TrySetException(new InvalidOperationException("The process has ended."));
        foreach (var call in _calls.Values)
            call.TrySetException(new InvalidOperationException("The process has ended."));
    }
}
