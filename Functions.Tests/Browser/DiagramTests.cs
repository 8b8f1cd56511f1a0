using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Contract;
using Functions.Tests.Embedded;
using Functions.Tests.Servers;

namespace Functions.Tests.Browser;

/// <summary>The diagrams of README and documentation, read by the program that draws them.</summary>
public sealed class DiagramTests(TestApplications applications, Browsers browsers)
{
    public const string Language = "mermaid";

    private static readonly NpmPackage Mermaid = new("mermaid", "11.17.2");

    [Fact]
    public async Task Every_diagram_can_be_drawn()
    {
        var diagrams = CodeBlock.All().Where(block => block.Language == Language).ToList();
        Assert.NotEmpty(diagrams);
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        var package = await Mermaid.InstallAsync(TemporaryRoot.NpmCache, ProgramSearch.Default, supervisor, _ => { }, TestContext.Current.CancellationToken);
        await using var tab = await browsers.OpenAsync((await applications.GetAsync(RedisKind.Garnet)).Address, "health/live");
        var program = await File.ReadAllTextAsync(Path.Combine(package, "dist", "mermaid.min.js"), TestContext.Current.CancellationToken);
        // It expects to run as a script of the page, whose variables are global.
        await tab.Page.EvaluateAsync(program.Replace("globalThis.__esbuild_esm_mermaid_nm", "__esbuild_esm_mermaid_nm", StringComparison.Ordinal) + "; null");

        foreach (var diagram in diagrams)
        {
            var fault = await tab.Page.EvaluateAsync<string?>("text => mermaid.parse(text).then(() => null, error => error.message)", diagram.Text);
            Assert.True(fault is null, $"{diagram}: {fault}");
        }

        Assert.NotNull(await tab.Page.EvaluateAsync<string?>("text => mermaid.parse(text).then(() => null, error => error.message)", "flowchart LR\n  a -- b --> ["));
    }
}
