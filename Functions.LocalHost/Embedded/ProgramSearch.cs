namespace Functions.LocalHost.Embedded;

/// <summary>Where installed programs are looked for.</summary>
/// <param name="Path">The folders of the search path.</param>
/// <param name="PostgresFolders">The folders where systems put PostgreSQL's programs without adding them to the search path.</param>
internal sealed record ProgramSearch(IReadOnlyList<string> Path, IReadOnlyList<string> PostgresFolders)
{
    public static ProgramSearch Default { get; } = new(
        Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [],
        [
            .. VersionFolders("/usr/lib/postgresql", "*"), // Debian, Ubuntu
            .. VersionFolders("/usr", "pgsql-*"), // the PostgreSQL project's packages for Red Hat
            .. VersionFolders("/opt/homebrew/opt", "postgresql@*"),
            .. VersionFolders("/usr/local/opt", "postgresql@*"),
            .. VersionFolders(System.IO.Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*")
        ]);

    /// <summary>The full path of a program on the search path, or null.</summary>
    public string? Find(string program) => Path.Select(folder => FindIn(folder, program)).FirstOrDefault(found => found is not null);

    /// <summary>The full path of a program in <paramref name="folder"/>, or null.</summary>
    public static string? FindIn(string folder, string program)
    {
        string[] names = OperatingSystem.IsWindows() ? [program + ".exe", program + ".cmd"] : [program];
        return names.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    // Newest first: the number in the folder's name is the version.
    private static IEnumerable<string> VersionFolders(string parent, string pattern) =>
        Directory.Exists(parent)
            ? Directory.GetDirectories(parent, pattern)
                .OrderByDescending(folder => int.TryParse(System.IO.Path.GetFileName(folder).Split('@', '-', '.')[^1], out var version) ? version : 0)
                .Select(folder => System.IO.Path.Combine(folder, "bin"))
            : [];
}
