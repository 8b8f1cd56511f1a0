using System.Text.RegularExpressions;
using Functions.LocalHost;

namespace Functions.Tests.Infrastructure;

/// <summary>The workflows of GitHub: what they may do, and that a step which fails says so.</summary>
public sealed partial class WorkflowTests
{
    private const string WhatIf = "What would change";

    [Theory]
    [InlineData("ci.yml")]
    [InlineData("deploy.yml")]
    public void Actions_are_pinned_by_commit(string workflow)
    {
        var text = Read(workflow);
        Assert.Empty(Unpinned(text));

        Assert.Single(Unpinned(PinnedAction().Replace(text, "uses: $1@v5\n", 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("        shell: bash # What tee hides otherwise: a what-if that failed.\n")]
    [InlineData("defaults:\n  run:\n    shell: bash\n")]
    public async Task A_what_if_that_fails_is_a_step_that_fails(string without)
    {
        var text = Read("deploy.yml");
        Assert.Contains(without, text, StringComparison.Ordinal);

        Assert.NotEqual(0, await RunStepAsync(without.Length == 0 ? text : text.Replace(without, "", StringComparison.Ordinal), fails: true));
    }

    [Fact]
    public async Task A_what_if_that_fails_behind_a_pipe_is_found()
    {
        var text = ShellOfStep().Replace(Read("deploy.yml"), "");

        Assert.Equal(0, await RunStepAsync(text, fails: true));
    }

    [Fact]
    public async Task What_would_change_stands_in_the_summary() => Assert.Equal(0, await RunStepAsync(Read("deploy.yml"), fails: false));

    [Fact]
    public void The_login_is_made_anew_before_the_release()
    {
        var text = Read("deploy.yml");
        Assert.True(SignsInAgain(text));

        var again = text.LastIndexOf("      - uses: azure/login@", StringComparison.Ordinal);
        Assert.False(SignsInAgain(text.Remove(again, text.IndexOf("      - name: Release", StringComparison.Ordinal) - again)));
    }

    [Fact]
    public void The_preview_signs_in_as_another_identity_and_asks_what_one_that_can_only_read_may_ask()
    {
        var job = Job(Read("deploy.yml"), "what-if");

        Assert.Contains("environment: ${{ inputs.environment }}-preview", job, StringComparison.Ordinal);
        Assert.Contains("--validation-level ProviderNoRbac", job, StringComparison.Ordinal);
        Assert.DoesNotContain("secrets.", job, StringComparison.Ordinal);
        Assert.DoesNotContain("deployment group create", job, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("package", false)]
    [InlineData("what-if", true)]
    [InlineData("deploy", true)]
    public void Only_jobs_that_sign_in_get_a_token(string job, bool token)
    {
        var text = Read("deploy.yml");

        Assert.Equal(token, Job(text, job).Contains("id-token: write", StringComparison.Ordinal));
        Assert.Equal(token, Job(text, job).Contains("azure/login@", StringComparison.Ordinal));
        Assert.DoesNotContain("id-token", text[..text.IndexOf("\njobs:", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.DoesNotContain("id-token", Read("ci.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_expression_becomes_part_of_a_script() =>
        Assert.All(Scripts().Matches(Read("deploy.yml")), script => Assert.DoesNotContain("${{", script.Value, StringComparison.Ordinal));

    private static List<string> Unpinned(string text) => [.. Uses().Matches(text).Select(match => match.Value).Where(use => !PinnedAction().IsMatch(use + "\n"))];

    // Between making the resources, which takes longer than GitHub's token lives, and the release.
    private static bool SignsInAgain(string text)
    {
        var made = text.IndexOf("deployment group create", StringComparison.Ordinal);
        return text[made..text.IndexOf("run: infra/release.sh", StringComparison.Ordinal)].Contains("uses: azure/login@", StringComparison.Ordinal);
    }

    private static string Job(string text, string name)
    {
        var start = text.IndexOf($"\n  {name}:\n", StringComparison.Ordinal);
        var next = NextJob().Match(text, start + 3);
        return next.Success ? text[start..next.Index] : text[start..];
    }

    // Runs a step as GitHub does: "bash -e" by default, with pipefail where the step or the workflow says "shell: bash".
    private static async Task<int> RunStepAsync(string workflow, bool fails)
    {
        using var sandbox = new CommandSandbox();
        sandbox.StandIn("az", "fails what-if 'ERROR: InvalidTemplate' && exit 1; echo '+ Create'");
        sandbox.Fail("what-if", fails ? 1 : 0);
        var step = Regex.Match(workflow, $@"- name: {WhatIf}\n(?<head>(?:        (?!run:).*\n)*)        run: \|\n(?<script>(?:          .*\n)+)", RegexOptions.ExplicitCapture);
        Assert.True(step.Success);
        var shell = (step.Groups["head"].Value + workflow[..workflow.IndexOf("\njobs:", StringComparison.Ordinal)]).Contains("shell: bash", StringComparison.Ordinal);
        var script = string.Concat(step.Groups["script"].Value.Split('\n').Select(line => line.Length > 10 ? line[10..] + "\n" : ""));
        await File.WriteAllTextAsync(Path.Combine(sandbox.Root, "infra", "step.sh"), $"set -e{(shell ? "o pipefail" : "")}\n{script}", TestContext.Current.CancellationToken);
        sandbox.Set("GITHUB_STEP_SUMMARY", Path.Combine(sandbox.Root, "summary"));
        sandbox.Set("RESOURCE_GROUP", "group");
        sandbox.Set("ENVIRONMENT", "dev");

        var exitCode = await sandbox.RunAsync("step.sh");
        Assert.Equal(1, sandbox.Count("az deployment group what-if"));
        var summary = Path.Combine(sandbox.Root, "summary");
        var shown = File.Exists(summary) ? await File.ReadAllTextAsync(summary, TestContext.Current.CancellationToken) : "";
        Assert.Equal(!fails, shown.Contains("+ Create", StringComparison.Ordinal));
        return exitCode;
    }

    private static string Read(string workflow) => File.ReadAllText(Path.Combine(LocalConfiguration.FindRoot(), ".github", "workflows", workflow));

    [GeneratedRegex("uses: .*")]
    private static partial Regex Uses();

    [GeneratedRegex(@"uses: ([\w/-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+\n")]
    private static partial Regex PinnedAction();

    [GeneratedRegex(@"\n  [\w-]+:\n")]
    private static partial Regex NextJob();

    [GeneratedRegex(@"( *shell: bash.*\n)|(defaults:\n  run:\n)", RegexOptions.ExplicitCapture)]
    private static partial Regex ShellOfStep();

    [GeneratedRegex(@"run: (\|\n(          .*\n)+|[^|].*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Scripts();
}
