using System.Diagnostics;
using System.Reflection;
using Functions.LocalHost;

namespace Functions.Tests.Infrastructure;

/// <summary>The Bicep compiler of the version that the test project names.</summary>
internal static class Bicep
{
    /// <summary>The folder of the templates in this checkout.</summary>
    public static string Folder { get; } = Path.Combine(LocalConfiguration.FindRoot(), "infra", "bicep");

    private static string Program { get; } = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "BicepPath").Value!;

    /// <summary>Runs a command and returns all that it printed; fails the test when the command fails.</summary>
    public static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        var (exitCode, output) = await TryRunAsync(folder, arguments);
        Assert.True(exitCode == 0, $"bicep {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    /// <summary>Runs a command.</summary>
    public static async Task<(int ExitCode, string Output)> TryRunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["NO_COLOR"] = "1" },
        };
        // What the parameter files read: a deployment by a group, of a release, with a key, and somebody who is told.
        start.Environment["AZURE_PRINCIPAL_ID"] = "99999999-9999-9999-9999-999999999999";
        start.Environment["DEPLOYER_NAME"] = "deployers";
        start.Environment["RELEASE"] = "1f0c2a7";
        start.Environment["ALERT_EMAIL"] = "ops@example.org";
        start.Environment["SECRET_KEY"] = Templates.SecretKey;
        foreach (var variable in new[] { "AZURE_ENV_NAME", "AZURE_PRINCIPAL_TYPE", "DEPLOYER_IP" })
        {
            start.Environment.Remove(variable);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await errors + await output);
    }
}
