namespace Functions.Tests.Infrastructure;

public sealed class BicepTests
{
    [Fact]
    public async Task The_templates_compile_without_a_warning() =>
        Assert.Equal("", Diagnostics(await Bicep.RunAsync(Bicep.Folder, "build", "main.bicep", "--stdout")));

    [Fact]
    public async Task The_linter_has_nothing_to_say() =>
        Assert.Equal("", await Bicep.RunAsync(Bicep.Folder, "lint", "main.bicep"));

    [Theory, MemberData(nameof(Templates.ParameterFiles), MemberType = typeof(Templates))]
    public async Task The_parameter_files_compile_without_a_warning(string parameters) =>
        Assert.Equal("", Diagnostics(await Bicep.RunAsync(Bicep.Folder, "build-params", $"{parameters}.bicepparam", "--stdout")));

    [Fact]
    public void No_diagnostic_is_suppressed()
    {
        foreach (var file in Directory.EnumerateFiles(Bicep.Folder, "*.bicep*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("#disable-next-line", File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_property_that_a_resource_does_not_have_is_found()
    {
        using var folder = new Functions.Tests.Embedded.TemporaryRoot();
        var module = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "modules", "storage.bicep"), TestContext.Current.CancellationToken);
        var file = Path.Combine(folder.Path, "storage.bicep");
        await File.WriteAllTextAsync(file, module.Replace("allowSharedKeyAccess", "allowSharedKey", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var (_, output) = await Bicep.TryRunAsync(folder.Path, "lint", file);

        Assert.Contains("BCP037", output, StringComparison.Ordinal);
    }

    // The compiled JSON goes to the same output as what the compiler has to say.
    private static string Diagnostics(string output) => output[..output.IndexOf('{', StringComparison.Ordinal)].Trim();
}
