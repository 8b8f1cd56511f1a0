using System.Diagnostics;
using Functions.LocalHost.Embedded;

namespace Functions.Tests.OpenApi;

/// <summary>Runs scripts by Node.js.</summary>
internal static class NodeProgram
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Runs one to its end; returns its exit code and what it has printed, without what stands on standard error.</summary>
    public static async Task<(int Status, string Output)> RunAsync(string directory, string script, params IEnumerable<string> arguments)
    {
        var node = ProgramSearch.Default.Find("node") ?? throw new FileNotFoundException("node is not on the search path.");
        using var process = Process.Start(new ProcessStartInfo(node, [script, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NO_COLOR"] = "1", ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" },
        })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
            return (process.ExitCode, output.Length > 0 ? output : await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
