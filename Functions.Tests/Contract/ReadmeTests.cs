using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Functions.Data;
using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Servers;

namespace Functions.Tests.Contract;

/// <summary>What the README promises a new user, done as the README says.</summary>
public sealed partial class ReadmeTests
{
    private static readonly TimeSpan FirstStart = TimeSpan.FromMinutes(10); // It builds all of it first.
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task One_command_runs_the_application_and_the_curl_session_works_as_printed()
    {
        var blocks = CodeBlocks();
        await using var checkout = FreshCheckout.Create();
        var port = FreePort.Next();
        var run = blocks[0].Split('\n').Single(line => line.StartsWith("dotnet run", StringComparison.Ordinal));

        var (host, output) = checkout.Start($"{run} --port {port}");
        await TestPolling.EventuallyAsync(
            () => Task.FromResult(host.HasExited || Text(output).Contains("Ready in", StringComparison.Ordinal)), FirstStart, "the banner");
        Assert.False(host.HasExited, Text(output));
        Assert.All(
            [$"http://localhost:{port}/api/shop", $"http://localhost:{port}/api/health", DemoData.UserEmail, DemoData.AdminPassword, Path.Combine(checkout.Path, ".local", "1")],
            told => Assert.Contains(told, Text(output), StringComparison.Ordinal));

        using var client = new ApiClient(new Uri($"http://localhost:{port}"));
        var health = await client.GetAsync("health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal("healthy", (await health.JsonAsync()).GetProperty("status").GetString());

        var (session, sessionOutput) = checkout.Start($"/bin/bash -e <<'END'\n{blocks[1].Replace("localhost:7071", $"localhost:{port}", StringComparison.Ordinal)}\nEND\n");
        await session.WaitForExitAsync(TestContext.Current.CancellationToken);
        var answers = Text(sessionOutput);
        Assert.Contains("\"email\":\"ada@example.org\",\"email_verified\":false,\"name\":\"Ada\",\"is_admin\":false", answers, StringComparison.Ordinal);
        Assert.Equal(["miss", "hit", "miss"], XCache().Matches(answers).Select(match => match.Groups[1].Value));
        Assert.Equal(["5.00", "5.00", "42.50", "42.50"], Price().Matches(answers).Select(match => match.Groups[1].Value));

        var postmaster = Assert.IsType<ProcessIdentity>(checkout.Postmaster());
        using var terminate = Process.Start("kill", ["-TERM", $"{host.Id}"]);
        await host.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Shutdown, TestContext.Current.CancellationToken);
        Assert.False(postmaster.IsRunning, "PostgreSQL outlived the local host.");

        await ChangeSchemaAsync(checkout);
    }

    // As docs/architecture.md says, in a checkout that has been built: the model is as the last migration left it, so the new one is empty.
    private static async Task ChangeSchemaAsync(FreshCheckout checkout)
    {
        var block = CodeBlock.All()
            .Single(block => block is { Document: "docs/architecture.md", Language: "bash" } && block.Text.Contains("<Name>", StringComparison.Ordinal)).Text
            .Replace("<Name>", "Example", StringComparison.Ordinal);

        var (commands, output) = checkout.Start($"/bin/bash -e <<'END'\n{block}\nEND\n");
        await commands.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(commands.ExitCode == 0, Text(output));
        var migration = Assert.Single(Directory.GetFiles(Path.Combine(checkout.Path, "Functions", "Data", "Migrations"), "*_Example.cs"));
        Assert.DoesNotContain("migrationBuilder.", await File.ReadAllTextAsync(migration, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_command_is_the_one_that_runs_these_tests() =>
        Assert.Contains(CodeBlocks(), block => block.Trim() == "dotnet test Functions.Tests");

    private static string[] CodeBlocks() =>
        [.. CodeBlock.All().Where(block => block is { Document: "README.md", Language: "bash" }).Select(block => block.Text)];

    private static string Text(StringBuilder output)
    {
        lock (output)
        {
            return output.ToString();
        }
    }

    [GeneratedRegex("X-Cache: (\\w+)")]
    private static partial Regex XCache();

    [GeneratedRegex("\"price\":([0-9.]+)")]
    private static partial Regex Price();
}
