using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Functions.LocalHost.Embedded;

/// <summary>Azurite, the emulator of Blob storage: installed and started when it is first needed.</summary>
internal sealed partial class EmbeddedAzurite(
    string directory, string npmDirectory, Supervisor supervisor, Action<string> report, ProgramSearch? search = null) : IAsyncDisposable
{
    // The emulator's published account: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
    private const string Account = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // Whatever else happens, it ends with the process that holds its standard input; by SIGINT, on which it writes its data first,
    // or at once where it is not yet listening to SIGINT.
    private const string EndWithParent = "data:text/javascript,process.stdin.on('end',()=>process.emit('SIGINT')||process.exit()).resume()";

    private static readonly NpmPackage Package = new("azurite", "3");
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(3);

    private readonly ProgramSearch _search = search ?? ProgramSearch.Default;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private Process? _process;
    private string? _connectionString;

    /// <summary>Whether it has run before, here.</summary>
    public bool HasData => Directory.Exists(DataDirectory);

    private string DataDirectory => Path.Combine(directory, "azurite");

    /// <summary>Starts Azurite at the first call. A start that failed is tried again at the next call.</summary>
    public async Task<string> GetConnectionStringAsync(CancellationToken cancellationToken = default)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            return _connectionString ??= await StartAsync(cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            if (ProcessIdentity.Of(_process) is { } identity)
            {
                await new StopAction("Azurite", Process: identity, Grace: StopGrace).ExecuteAsync();
            }

            _process.Dispose();
        }
    }

    private async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        var node = _search.Find("node");
        if (node is null || _search.Find("npm") is null)
        {
            throw new InvalidOperationException(
                "Blob storage needs Node.js (node and npm) for Azurite: install it, or set AzureWebJobsStorage to a storage account.");
        }

        var package = await Package.InstallAsync(npmDirectory, _search, supervisor, report, cancellationToken);
        var data = Directory.CreateDirectory(DataDirectory).FullName;
        var process = Process.Start(new ProcessStartInfo(node,
        [
            "--import", EndWithParent, Path.Combine(package, "dist", "src", "blob", "main.js"),
            "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", data,
            "--skipApiVersionCheck", "--silent", "--loose", "--disableTelemetry"
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data
        }) ?? throw new InvalidOperationException("node did not start.");
        try
        {
            supervisor.Register("Azurite", process, StopGrace);
            var endpoint = await WaitForEndpointAsync(process, cancellationToken).WaitAsync(StartTimeout, cancellationToken);
            _process = process;
            return $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};BlobEndpoint={endpoint}/{Account};";
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    // It chooses a free port itself and says which one once it listens.
    private static async Task<string> WaitForEndpointAsync(Process process, CancellationToken cancellationToken)
    {
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> output = [];
        void Read(object sender, DataReceivedEventArgs line)
        {
            // Goes on reading for good: a full pipe would stop the process.
            if (line.Data is null || listening.Task.IsCompleted)
            {
                return;
            }

            lock (output)
            {
                output.Add(line.Data);
            }

            if (Endpoint().Match(line.Data) is { Success: true } match)
            {
                listening.TrySetResult(match.Value);
            }
        }

        process.OutputDataReceived += Read;
        process.ErrorDataReceived += Read;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var ended = process.WaitForExitAsync(cancellationToken);
        if (await Task.WhenAny(listening.Task, ended) == ended && !listening.Task.IsCompleted)
        {
            await ended;
            throw new InvalidOperationException($"Azurite did not start:\n{string.Join('\n', output)}");
        }

        return await listening.Task;
    }

    [GeneratedRegex(@"(?<=listens on )http://127\.0\.0\.1:\d+")]
    private static partial Regex Endpoint();
}
