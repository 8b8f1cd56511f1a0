using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Functions.LocalHost.Embedded;

/// <summary>
/// Stops what the local host has started when it ends, also when it is killed: a child process (<see cref="SupervisorProcess"/>)
/// that holds the other end of a pipe. Whatever has been registered lies in the pipe or in that process, so nothing is lost if the
/// local host dies before its supervisor has come up.
/// </summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _registering = new();
    private readonly List<StopAction> _actions = [];
    private readonly string _identityFile;
    private readonly Process _process;
    private bool _disposed;

    private Supervisor(string directory)
    {
        _identityFile = IdentityFile(directory);
        _process = Process.Start(StartInfo(directory)) ?? throw new InvalidOperationException("The supervisor process did not start.");
        File.WriteAllText(_identityFile, JsonSerializer.Serialize(Identity!, SupervisorJson.Default.ProcessIdentity));
    }

    public ProcessIdentity? Identity => ProcessIdentity.Of(_process);

    /// <summary>Starts the child process and does not wait until it is up.</summary>
    public static Supervisor Start(string directory) => new(directory);

    /// <summary>Waits until the supervisor of a local host that had <paramref name="directory"/> before has done its work.</summary>
    /// <returns>False when it is not ready within <paramref name="limit"/>.</returns>
    public static async Task<bool> WaitForPreviousAsync(string directory, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return !File.Exists(IdentityFile(directory))
                || JsonSerializer.Deserialize(await File.ReadAllTextAsync(IdentityFile(directory), cancellationToken),
                    SupervisorJson.Default.ProcessIdentity) is not { } previous
                || await previous.WaitForExitAsync(limit, cancellationToken);
        }
        catch (JsonException)
        {
            return true; // Killed while it wrote the file, so before anything was registered.
        }
    }

    /// <summary>From now on <paramref name="action"/> is done at the end of the local host, before what was registered earlier.</summary>
    public void Register(StopAction action)
    {
        lock (_registering)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _actions.Add(action);
            try
            {
                // One write, so that a line arrives as a whole or not at all.
                _process.StandardInput.BaseStream.Write([.. JsonSerializer.SerializeToUtf8Bytes(action, SupervisorJson.Default.StopAction), (byte)'\n']);
                _process.StandardInput.BaseStream.Flush();
            }
            catch (IOException)
            {
                // Somebody killed the supervisor. DisposeAsync then does its work, and so does the next start if this process is killed too.
            }
        }
    }

    /// <summary>Registers a process that must not outlive the local host.</summary>
    public void Register(string name, Process process, TimeSpan grace = default)
    {
        if (ProcessIdentity.Of(process) is { } identity)
        {
            Register(new StopAction(name, Process: identity, Grace: grace));
        }
    }

    /// <summary>Lets the supervisor stop everything and waits for it.</summary>
    /// <exception cref="AggregateException">What could not be stopped.</exception>
    public async ValueTask DisposeAsync()
    {
        lock (_registering)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        // It may have been killed, for example by a Ctrl-C before it was up far enough to ignore it.
        if (_process.ExitCode != 0)
        {
            await StopAction.ExecuteAllAsync(_actions);
        }

        File.Delete(_identityFile);
        _process.Dispose();
    }

    private static string IdentityFile(string directory) => Path.Combine(directory, "supervisor.json");

    private static ProcessStartInfo StartInfo(string directory)
    {
        var localHost = typeof(Supervisor).Assembly;
        var startedBy = Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(startedBy) == "dotnet";
        var start = localHost == Assembly.GetEntryAssembly() && !isDotnet
            ? new ProcessStartInfo(startedBy, [SupervisorProcess.Argument, directory])
            : new ProcessStartInfo(isDotnet ? startedBy : DotnetProgram(), [localHost.Location, SupervisorProcess.Argument, directory]);
        start.RedirectStandardInput = true;
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = "4000000"; // Hexadecimal: 64 MB.
        start.Environment.Remove("DOTNET_STARTUP_HOOKS"); // `dotnet watch` must not take this process for the one it watches.
        return start;
    }

    /// <summary>The program that runs .NET programs with this runtime.</summary>
    /// <remarks>The host of another program (a test runner) may have loaded this assembly: the runtime lies in <c>(dotnet)/shared/Microsoft.NETCore.App/(version)/</c>.</remarks>
    internal static string DotnetProgram() => Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
