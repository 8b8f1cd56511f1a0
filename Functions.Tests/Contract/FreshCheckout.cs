using System.Diagnostics;
using System.Text;
using Functions.LocalHost;
using Functions.LocalHost.Embedded;

namespace Functions.Tests.Contract;

/// <summary>A copy of the sources in a folder of its own, without anything that was built or started in the original.</summary>
internal sealed class FreshCheckout : IAsyncDisposable
{
    private static readonly string[] NotInAClone = ["bin", "obj", ".git", ".local", ".vs", "node_modules", "TestResults"];

    private readonly List<Process> _running = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("checkout-").FullName;

    public static FreshCheckout Create()
    {
        var checkout = new FreshCheckout();
        Copy(new DirectoryInfo(LocalConfiguration.FindRoot()), checkout.Path);
        return checkout;
    }

    /// <summary>Starts a command of the README in a shell and returns its output as it comes.</summary>
    public (Process Process, StringBuilder Output) Start(string command)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"exec {command}"])
        {
            WorkingDirectory = Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        RemoveConfiguration(start);
        var output = new StringBuilder();
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return (process, output);

        void Append(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }
    }

    /// <summary>The postmaster of the first instance, if it runs.</summary>
    public ProcessIdentity? Postmaster() => EmbeddedPostgres.PossibleHomes(System.IO.Path.Combine(Path, ".local", "1"))
        .Select(home => ProcessIdentity.OfPostmaster(System.IO.Path.Combine(home, "data", "postmaster.pid")))
        .FirstOrDefault(found => found is not null);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Where(process => !process.HasExited))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        foreach (var home in EmbeddedPostgres.PossibleHomes(System.IO.Path.Combine(Path, ".local", "1")).Where(Directory.Exists))
        {
            Directory.Delete(home, recursive: true);
        }

        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    // What configures the tests must not configure the application: a new user has set nothing.
    private static void RemoveConfiguration(ProcessStartInfo start)
    {
        string[] settings = ["Redis", "REDIS_", "ConnectionStrings__", "AzureWebJobsStorage", "SECRET_KEY", "ADMIN_", "AZURE_FUNCTIONS_", "ASPNETCORE_", "DOTNET_ENVIRONMENT", "Email__"];
        foreach (var name in start.Environment.Keys.Where(name => settings.Any(setting => name.StartsWith(setting, StringComparison.OrdinalIgnoreCase))).ToArray())
        {
            start.Environment.Remove(name);
        }
    }

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in source.GetFiles())
        {
            file.CopyTo(System.IO.Path.Combine(target, file.Name));
        }

        foreach (var folder in source.GetDirectories().Where(folder => !NotInAClone.Contains(folder.Name)))
        {
            Copy(folder, System.IO.Path.Combine(target, folder.Name));
        }
    }
}
