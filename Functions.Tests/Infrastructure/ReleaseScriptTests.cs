using System.Diagnostics;
using Functions.LocalHost;
using Functions.Tests.Embedded;

namespace Functions.Tests.Infrastructure;

/// <summary>The order of <c>infra/release.sh</c>, with programs in place of az, psql and curl that write down how they are called.</summary>
public sealed class ReleaseScriptTests : IDisposable
{
    private readonly TemporaryRoot _folder = new();

    public ReleaseScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "package"));
        File.WriteAllText(Path.Combine(_folder.Path, "package", "r1.zip"), "");
        File.WriteAllText(Path.Combine(_folder.Path, "package", "migrations.sql"), "");
        StandIn("az", """case "$*" in *properties.outputs*) echo "$*" | grep -o 'outputs\.[a-zA-Z]*' | cut -d. -f2 ;; *get-access-token*) echo a-token ;; esac""");
        StandIn("psql", "[ \"$PGPASSWORD\" = a-token ] && [ ! -e \"$LOG.fail\" ]");
        StandIn("curl", "");
    }

    private string Log => Path.Combine(_folder.Path, "log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_schema_comes_first_then_the_package_then_the_switch_then_the_question_whether_it_answers()
    {
        Assert.Equal(0, await RunAsync("group", "r1", Path.Combine(_folder.Path, "package")));

        AssertOrder("psql", "az storage blob upload", "az storage blob copy", "WEBSITE_RUN_FROM_PACKAGE=releasesUri/r1.zip", "syncfunctiontriggers", "curl");
    }

    [Fact]
    public async Task A_failed_migration_leaves_the_running_release_alone()
    {
        await File.WriteAllTextAsync(Log + ".fail", "", TestContext.Current.CancellationToken);

        Assert.NotEqual(0, await RunAsync("group", "r1", Path.Combine(_folder.Path, "package")));

        Assert.DoesNotContain("storage blob", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain("appsettings set", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollback_switches_the_package_and_leaves_the_schema()
    {
        Assert.Equal(0, await RunAsync("group", "r0"));

        AssertOrder("az storage blob copy", "WEBSITE_RUN_FROM_PACKAGE=releasesUri/r0.zip", "syncfunctiontriggers", "curl");
        Assert.DoesNotContain("psql", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task<int> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(LocalConfiguration.FindRoot(), "infra", "release.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{Path.Combine(_folder.Path, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
                ["LOG"] = Log,
                ["DEPLOYER_NAME"] = "deployers",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(await output + await errors);
        return process.ExitCode;
    }

    private void AssertOrder(params string[] calls)
    {
        var log = File.ReadAllText(Log);
        var positions = calls.Select(call => log.IndexOf(call, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
    }

    private void StandIn(string program, string body)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, "bin")).FullName, program);
        File.WriteAllText(file, $"#!/bin/bash\necho \"{program} $*\" >> \"$LOG\"\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
