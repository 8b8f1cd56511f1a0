namespace Functions.Tests.Infrastructure;

/// <summary><c>infra/package.sh</c> in a fresh clone, with a dotnet that builds nothing and minds, as the real one does, what was not restored.</summary>
public sealed class PackageScriptTests : IDisposable
{
    private CommandSandbox _sandbox = null!;

    public PackageScriptTests() => Prepare();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_fresh_clone_is_enough()
    {
        Assert.Equal(0, await PackageAsync(_sandbox.Commit[..12]));

        Assert.Equal($"{_sandbox.Commit[..12]}.zip migrations.sql", string.Join(' ', Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order()));
    }

    [Theory]
    [InlineData("dotnet build Functions.LocalHost --configuration Release\n", "")]
    [InlineData("dotnet tool restore\n", "")]
    [InlineData("--no-build --configuration Release", "--no-build")]
    public async Task A_script_that_needs_a_build_of_before_is_found(string text, string instead)
    {
        Prepare(text, instead);

        Assert.NotEqual(0, await PackageAsync(_sandbox.Commit[..12]));
    }

    [Fact]
    public async Task A_release_that_is_called_by_a_commit_is_that_commit()
    {
        await File.WriteAllTextAsync(Path.Combine(_sandbox.Root, "New.cs"), "// Not committed.", TestContext.Current.CancellationToken);

        Assert.NotEqual(0, await PackageAsync(_sandbox.Commit[..12]));
        Assert.Contains("The tree is not commit", _sandbox.Output, StringComparison.Ordinal);
        Assert.Empty(_sandbox.Calls);

        Assert.Equal(0, await PackageAsync("trial-1"));
    }

    [Fact]
    public async Task A_script_that_takes_any_tree_is_found()
    {
        Prepare("|| [ -n \"$(git status --porcelain)\" ]", "");
        await File.WriteAllTextAsync(Path.Combine(_sandbox.Root, "New.cs"), "// Not committed.", TestContext.Current.CancellationToken);

        Assert.Equal(0, await PackageAsync(_sandbox.Commit[..12]));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a b")]
    [InlineData("-x")]
    public async Task A_name_that_is_no_name_of_a_file_is_refused(string release)
    {
        Assert.NotEqual(0, await PackageAsync(release));
        Assert.Empty(_sandbox.Calls);
    }

    private string Folder => Path.Combine(_sandbox.Root, "out");

    /// <summary>dotnet as <c>infra/package.sh</c> uses it.</summary>
    internal static void StandIn(CommandSandbox sandbox) => sandbox.StandIn("dotnet", """
        argument() { local found=; for word in "${words[@]}"; do [ -z "$found" ] || { echo "$word"; return; }; [ "$word" != "$1" ] || found=1; done; }
        words=("$@")
        case "$1 $2" in
          "publish "*) echo '{}' > "$(argument --output)/host.json" ;;
          "tool restore") touch "$STATE/tools" ;;
          "build "*) touch "$STATE/built-$(argument --configuration)" ;;
          "ef migrations")
            [ -e "$STATE/tools" ] || { echo "Could not execute because the specified command or file was not found." >&2; exit 1; }
            configuration=$(argument --configuration)
            [ -e "$STATE/built-${configuration:-Debug}" ] || { echo "error NETSDK1004: Assets file 'project.assets.json' not found." >&2; exit 1; }
            echo '-- migrations' > "$(argument --output)" ;;
        esac
        """);

    private void Prepare(string? text = null, string? instead = null)
    {
        _sandbox?.Dispose();
        _sandbox = new(text is null ? null : ("package.sh", text, instead!));
        File.WriteAllText(Path.Combine(_sandbox.Root, ".git", "info", "exclude"), "out/\n");
        StandIn(_sandbox);
    }

    private Task<int> PackageAsync(string release) => _sandbox.RunAsync("package.sh", release, "out");
}
