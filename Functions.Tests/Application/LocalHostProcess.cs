using System.Globalization;
using System.Net;
using Functions.LocalHost;
using Functions.LocalHost.Embedded;
using Functions.Tests.Servers;

namespace Functions.Tests.Application;

/// <summary>An instance of the whole application as a process of its own, to be killed and started again on the same port.</summary>
internal sealed class LocalHostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly string _directory = Directory.CreateTempSubdirectory("functions-tests-host-").FullName;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly int _port = FreePort.Next();
    private readonly HttpClient _probe;
    private GuardedProcess? _process;

    private LocalHostProcess(IReadOnlyDictionary<string, string> settings)
    {
        _settings = settings;
        _probe = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>Settings of a process on these servers.</summary>
    public static Dictionary<string, string> SettingsOf(string redis, string postgres) => new()
    {
        ["Redis"] = redis,
        ["ConnectionStrings__Postgres"] = postgres,
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
        ["SECRET_KEY"] = "a secret key of more than 32 bytes, for tests",
        ["Http__TrustedProxyHops"] = "1",
    };

    public Uri Address => new($"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}");

    public IPEndPoint Endpoint => new(IPAddress.Loopback, _port);

    public static async Task<LocalHostProcess> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var host = new LocalHostProcess(settings);
        await host.StartAsync();
        return host;
    }

    /// <summary>Starts it; returns when it answers.</summary>
    public async Task StartAsync()
    {
        var dotnet = Supervisor.DotnetProgram();
        _process?.Dispose();
        _process = GuardedProcess.Start(
            _directory,
            Path.Combine(_directory, "log"),
            [
                "env", "-u", "REDIS", // Names of settings do not distinguish case: the server of the benchmarks would be the setting Redis.
                .. _settings.Select(setting => $"{setting.Key}={setting.Value}"),
                dotnet, typeof(LocalHostApplication).Assembly.Location, "--no-demo-data", "--port", _port.ToString(CultureInfo.InvariantCulture),
            ]);
        try
        {
            await TestPolling.EventuallyAsync(
                async () => (await _probe.GetAsync("api/health/live", TestContext.Current.CancellationToken)).IsSuccessStatusCode, Deadline, "a process to answer");
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The process did not start: {await File.ReadAllTextAsync(Path.Combine(_directory, "log"))}", exception);
        }
    }

    /// <summary>What it has logged.</summary>
    public Task<string[]> ReadLogAsync() => File.ReadAllLinesAsync(Path.Combine(_directory, "log"), TestContext.Current.CancellationToken);

    /// <summary>SIGTERM; returns when it has ended.</summary>
    public async Task StopAsync()
    {
        await _process!.SignalAsync("TERM");
        await _process.WaitForExitAsync(Deadline);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await _process!.SignalAsync("KILL");
        await _process.WaitForExitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        if (_process is not null)
        {
            await KillAsync();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
