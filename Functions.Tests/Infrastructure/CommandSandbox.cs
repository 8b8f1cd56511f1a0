using System.Diagnostics;
using Functions.LocalHost;
using Functions.Tests.Embedded;

namespace Functions.Tests.Infrastructure;

/// <summary>
/// A commit of a copy of the repository's scripts, and programs in place of az, azd, psql, curl and dotnet: they write down how they are called, and
/// fail as the real ones do. What a program has to fail at, and how often, stands in a file of <see cref="Fail"/>.
/// </summary>
internal sealed class CommandSandbox : IDisposable
{
    // Says a message and fails as often as the file of that name says.
    private const string Prelude = """
        fails() {
          local left
          left=$(cat "$STATE/$1" 2>/dev/null || echo 0)
          [ "$left" -gt 0 ] || return 1
          echo $((left - 1)) > "$STATE/$1"
          echo "$2" >&2
        }
        """;

    private readonly TemporaryRoot _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    /// <param name="mutate">A text of a script, and what stands there instead.</param>
    public CommandSandbox((string Script, string Text, string Instead)? mutate = null)
    {
        Directory.CreateDirectory(State);
        var infra = Path.Combine(LocalConfiguration.FindRoot(), "infra");
        foreach (var file in Directory.EnumerateFiles(infra, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".sh" or ".sql"))
        {
            var copy = Path.Combine(Root, "infra", Path.GetRelativePath(infra, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        if (mutate is { } mutation)
        {
            var script = Path.Combine(Root, "infra", mutation.Script);
            var text = File.ReadAllText(script);
            Assert.Contains(mutation.Text, text, StringComparison.Ordinal);
            File.WriteAllText(script, text.Replace(mutation.Text, mutation.Instead, StringComparison.Ordinal));
        }

        File.WriteAllText(Path.Combine(Root, "Program.cs"), "// The code.");
        foreach (var arguments in (string[])["init", "add --all", "-c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit --message code"])
        {
            Git(arguments);
        }

        Commit = Git("rev-parse HEAD").Trim();
    }

    /// <summary>The checkout.</summary>
    public string Root => Path.Combine(_folder.Path, "checkout");

    /// <summary>The commit that it is of.</summary>
    public string Commit { get; }

    /// <summary>Every call, one a line.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    /// <summary>What the last script printed.</summary>
    public string Output { get; private set; } = "";

    private string State => Path.Combine(_folder.Path, "state");

    private string Log => Path.Combine(_folder.Path, "log");

    public void Dispose() => _folder.Dispose();

    /// <summary>Makes the programs fail <paramref name="times"/> times at something.</summary>
    public void Fail(string at, int times) => Write(at, $"{times}");

    /// <summary>Writes a file of the state that the programs share.</summary>
    public void Write(string name, string text) => File.WriteAllText(Path.Combine(State, name), text);

    /// <summary>Reads one; empty where there is none.</summary>
    public string Read(string name) => File.Exists(Path.Combine(State, name)) ? File.ReadAllText(Path.Combine(State, name)).Trim() : "";

    /// <summary>Sets a variable for the scripts.</summary>
    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>Puts a program in front of the real one.</summary>
    public void StandIn(string program, string body)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, "bin")).FullName, program);
        File.WriteAllText(file, $"#!/bin/bash\necho \"{program} $*\" >> \"$LOG\"\n{Prelude}\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Runs a script of <c>infra/</c> and returns its exit code.</summary>
    public async Task<int> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(Root, "infra", script), .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{Path.Combine(_folder.Path, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
                ["LOG"] = Log,
                ["STATE"] = State,
                ["RETRY_DELAY"] = "0",
                ["DEPLOYER_NAME"] = "deployers",
            },
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Output = await output + await errors;
        TestContext.Current.TestOutputHelper?.WriteLine(Output + string.Join('\n', Calls));
        return process.ExitCode;
    }

    /// <summary>The calls with a text in them.</summary>
    public int Count(string text) => Calls.Count(call => call.Contains(text, StringComparison.Ordinal));

    /// <summary>The first calls with these texts came in this order.</summary>
    public void AssertOrder(params string[] texts)
    {
        var positions = texts.Select(text => Calls.ToList().FindIndex(call => call.Contains(text, StringComparison.Ordinal))).ToArray();
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
    }

    private string Git(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", $"-C \"{Root}\" {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, arguments);
        return output;
    }
}
