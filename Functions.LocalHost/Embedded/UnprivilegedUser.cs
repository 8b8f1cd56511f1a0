namespace Functions.LocalHost.Embedded;

/// <summary>The account that runs PostgreSQL where we are root, as PostgreSQL refuses to run as root.</summary>
internal sealed class UnprivilegedUser
{
    private readonly string _name;
    private readonly string? _runuser;

    private UnprivilegedUser(string name, string? runuser) => (_name, _runuser) = (name, runuser);

    // On Windows pg_ctl itself gives up the rights of an administrator.
    public static bool IsNeeded => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>Null where we are not root and need none.</summary>
    public static async Task<UnprivilegedUser?> FindAsync(ProgramSearch programs, CancellationToken cancellationToken)
    {
        if (!IsNeeded)
        {
            return null;
        }

        foreach (var name in new[] { "postgres", "nobody" })
        {
            if ((await new ProgramCall("id", ["-u", name]).RunAsync(cancellationToken: cancellationToken)).Succeeded)
            {
                return new UnprivilegedUser(name, programs.Find("runuser"));
            }
        }

        throw new InvalidOperationException(
            "PostgreSQL does not run as root, and there is neither a user 'postgres' nor a user 'nobody'. " +
            "Run as another user, or set ConnectionStrings__Postgres.");
    }

    /// <summary><paramref name="command"/>, run as this user.</summary>
    public ProgramCall Run(ProgramCall command) => command with
    {
        Program = _runuser ?? "su",
        Arguments = _runuser is not null
            ? ["-u", _name, "--", command.Program, .. command.Arguments]
            : ["-s", "/bin/sh", "-c", "exec " + string.Join(' ', command.Arguments.Prepend(command.Program).Select(Quote)), _name]
    };

    /// <summary>Makes a directory that only this user (and root) can enter, or takes it over.</summary>
    public Task CreateDirectoryAsync(string path, CancellationToken cancellationToken) =>
        new ProgramCall("install", ["-d", "-m", "700", "-o", _name, path]).RunSuccessfullyAsync(cancellationToken: cancellationToken);

    /// <summary>Gives this user a directory with everything in it.</summary>
    public Task TakeOverAsync(string path, CancellationToken cancellationToken) =>
        new ProgramCall("chown", ["-R", _name, path]).RunSuccessfullyAsync(cancellationToken: cancellationToken);

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''")}'";
}
