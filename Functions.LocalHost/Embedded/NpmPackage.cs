namespace Functions.LocalHost.Embedded;

/// <summary>A package of the npm registry, installed when it is first needed.</summary>
/// <param name="Name">Its name in the registry.</param>
/// <param name="Version">A version, or a major version whose newest release is taken.</param>
internal sealed record NpmPackage(string Name, string Version)
{
    /// <summary>What is installed beside it, such as <c>typescript@5.9.3</c>.</summary>
    public IReadOnlyList<string> Beside { get; init; } = [];

    /// <summary>Installs the package under <paramref name="directory"/> unless it is there. Safe among processes.</summary>
    /// <returns>The folder of the package itself.</returns>
    /// <exception cref="FileNotFoundException">There is no npm.</exception>
    public async Task<string> InstallAsync(
        string directory, ProgramSearch programs, Supervisor supervisor, Action<string> report, CancellationToken cancellationToken)
    {
        var installed = Path.Combine(directory, $"{Name.Replace('/', '-')}-{Version}");
        var package = Path.Combine(installed, "node_modules", Name);
        if (Directory.Exists(installed))
        {
            return package;
        }

        var npm = programs.Find("npm") ?? throw new FileNotFoundException("npm is not on the search path.");
        Directory.CreateDirectory(directory);
        using var installing = await FileLock.TakeAsync(installed + ".lock", cancellationToken);
        if (Directory.Exists(installed))
        {
            return package;
        }

        report($"Installing {Name} by npm (first use only)…");
        var staging = installed + ".installing";
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true); // A killed installation left it.
        }

        Directory.CreateDirectory(staging);
        await new ProgramCall(npm, ["install", "--prefix", staging, "--no-audit", "--no-fund", "--ignore-scripts", $"{Name}@{Version}", .. Beside], staging)
            .RunSuccessfullyAsync(process => supervisor.Register($"npm install {Name}", process), cancellationToken);
        Directory.Move(staging, installed);
        return package;
    }
}
