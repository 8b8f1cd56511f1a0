using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Functions.LocalHost.Embedded;

/// <summary>A folder with PostgreSQL's programs that work here.</summary>
internal sealed partial record PostgresPrograms(string Folder, int MajorVersion)
{
    // Older ones are out of support, and know neither all settings nor all SQL that we use.
    private const int OldestMajorVersion = 13;
    private const string NpmVersion = "18.4.0-beta.17";

    public string Initdb => ProgramSearch.FindIn(Folder, "initdb")!;

    public string PgCtl => ProgramSearch.FindIn(Folder, "pg_ctl")!;

    /// <summary>The installed programs, or those of an npm package, which is installed under <paramref name="npmDirectory"/>.</summary>
    /// <exception cref="InvalidOperationException">There are none, and no npm to get them.</exception>
    public static async Task<PostgresPrograms> FindOrInstallAsync(
        string npmDirectory,
        ProgramSearch programs,
        UnprivilegedUser? user,
        Supervisor supervisor,
        Action<string> report,
        CancellationToken cancellationToken)
    {
        foreach (var folder in programs.Path.Concat(programs.PostgresFolders))
        {
            if (await TryAsync(folder, user, cancellationToken) is { } installed)
            {
                return installed;
            }
        }

        try
        {
            var package = new NpmPackage($"@embedded-postgres/{NpmPlatform()}", NpmVersion);
            var native = Path.Combine(await package.InstallAsync(npmDirectory, programs, supervisor, report, cancellationToken), "native");
            await CreateLinksAsync(native, cancellationToken);
            if (user is not null)
            {
                await user.TakeOverAsync(npmDirectory, cancellationToken);
            }

            return await TryAsync(Path.Combine(native, "bin"), user, cancellationToken)
                ?? throw new InvalidOperationException($"PostgreSQL from {package.Name} does not run here: install PostgreSQL, or set ConnectionStrings__Postgres.");
        }
        catch (FileNotFoundException noNpm)
        {
            throw new InvalidOperationException(
                "There is neither PostgreSQL (initdb, pg_ctl and postgres in one folder) nor npm to get it: " +
                "install one of them, or set ConnectionStrings__Postgres to a server.", noNpm);
        }
    }

    // A folder counts when its `postgres --version` runs: not every folder on a search path can be read by every user.
    private static async Task<PostgresPrograms?> TryAsync(string folder, UnprivilegedUser? user, CancellationToken cancellationToken)
    {
        if (ProgramSearch.FindIn(folder, "postgres") is not { } postgres
            || ProgramSearch.FindIn(folder, "initdb") is null
            || ProgramSearch.FindIn(folder, "pg_ctl") is null)
        {
            return null;
        }

        var version = new ProgramCall(postgres, ["--version"], Path.GetPathRoot(folder));
        var result = await (user?.Run(version) ?? version).RunAsync(cancellationToken: cancellationToken);
        return result.Succeeded
            && int.TryParse(FirstNumber().Match(result.Output).Value, CultureInfo.InvariantCulture, out var major)
            && major >= OldestMajorVersion
            ? new PostgresPrograms(folder, major)
            : null;
    }

    private static string NpmPlatform() => (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + (RuntimeInformation.OSArchitecture == Architecture.Arm64 && !OperatingSystem.IsWindows() ? "-arm64" : "-x64");

    // npm packages cannot contain symbolic links; this one lists them in a file, with paths that begin with its own folder `native`.
    private static async Task CreateLinksAsync(string native, CancellationToken cancellationToken)
    {
        var list = Path.Combine(native, "pg-symlinks.json");
        if (OperatingSystem.IsWindows() || !File.Exists(list))
        {
            return;
        }

        await using var content = File.OpenRead(list);
        var links = await JsonSerializer.DeserializeAsync<SymbolicLink[]>(content, JsonSerializerOptions.Web, cancellationToken) ?? [];
        var package = Path.GetDirectoryName(native)!;
        foreach (var link in links)
        {
            var path = Path.Combine(package, link.Target);
            if (new FileInfo(path) is { Exists: false, LinkTarget: null })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, Path.Combine(package, link.Source)));
            }
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex FirstNumber();

    private sealed record SymbolicLink(string Source, string Target);
}
