using System.Diagnostics;
using Functions.LocalHost;
using Functions.Tests.Embedded;

namespace Functions.Tests.Contract;

/// <summary>The block of docs/deployment.md, with programs in its folder in place of those that change something.</summary>
public sealed class DeploymentBlockTests : IDisposable
{
    private readonly TemporaryRoot _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_commands_run_in_their_order_with_what_the_scripts_and_templates_need()
    {
        var block = CodeBlock.All().Single(block => block is { Document: "docs/deployment.md", Language: "bash" });
        StandIn("bin/az", """case "$*" in *"--query id"*) echo principal ;; *user.name*) echo deployers ;; "deployment group create "*) [ "$SECRET_KEY" = key ] ;; esac""");
        StandIn("bin/git", "echo r1");
        StandIn("infra/secret-key.sh", "echo key");
        StandIn("infra/package.sh", "");
        StandIn("infra/release.sh", "[ \"$DEPLOYER_NAME\" = deployers ]");

        var (exitCode, output) = await RunAsync(block.Text);

        Assert.True(exitCode == 0, output);
        var calls = (await File.ReadAllLinesAsync(Path.Combine(_folder.Path, "log"), TestContext.Current.CancellationToken)).Where(call => !call.StartsWith("git ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            [
                "az ad signed-in-user show --query id -o tsv ", "az account show --query user.name -o tsv ", "az group create --name shop-dev --location westeurope principal",
                "secret-key.sh shop-dev dev principal", "az deployment group create --name main --resource-group shop-dev --parameters infra/bicep/dev.bicepparam principal",
                "package.sh r1 package principal", "release.sh shop-dev r1 package principal",
            ],
            calls);

        // What it names is there, and says the same.
        var root = LocalConfiguration.FindRoot();
        Assert.All(["secret-key.sh", "package.sh", "release.sh"], script => Assert.True(File.Exists(Path.Combine(root, "infra", script))));
        var parameters = await File.ReadAllTextAsync(Path.Combine(root, "infra", "bicep", "dev.bicepparam"), TestContext.Current.CancellationToken);
        Assert.All(["AZURE_PRINCIPAL_ID", "DEPLOYER_NAME", "DEPLOYER_IP", "SECRET_KEY"], variable => Assert.Contains($"'{variable}'", parameters, StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string commands)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-e", "-c", commands])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PATH"] = $"{Path.Combine(_folder.Path, "bin")}:{Environment.GetEnvironmentVariable("PATH")}", ["LOG"] = Path.Combine(_folder.Path, "log") },
        };
        start.Environment.Remove("AZURE_PRINCIPAL_ID");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    // It writes down how it is called, and by whom.
    private void StandIn(string program, string body)
    {
        var file = Path.Combine(_folder.Path, program);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"#!/bin/bash\necho \"{Path.GetFileName(program)} $* $AZURE_PRINCIPAL_ID\" >> \"$LOG\"\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
