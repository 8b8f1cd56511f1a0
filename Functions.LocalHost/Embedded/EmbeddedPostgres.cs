using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Functions.LocalHost.Embedded;

/// <summary>A private PostgreSQL cluster for development, on a free loopback port. Its supervisor stops it.</summary>
internal sealed class EmbeddedPostgres
{
    private const string Database = "serverless";
    private const string Superuser = "postgres";
    private const int StartAttempts = 3;
    private const int LogLinesShown = 15;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);

    private readonly string _passwordFile;
    private readonly UnprivilegedUser? _user;
    private readonly PostgresPrograms _programs;
    private readonly Supervisor _supervisor;

    private EmbeddedPostgres(string directory, string home, UnprivilegedUser? user, PostgresPrograms programs, Supervisor supervisor)
    {
        Home = home;
        _passwordFile = Path.Combine(directory, "postgres-password");
        _user = user;
        _programs = programs;
        _supervisor = supervisor;
    }

    /// <summary>Where the cluster lies: in the given directory, or elsewhere if another user has to run it.</summary>
    public string Home { get; }

    public string ConnectionString { get; private set; } = string.Empty;

    private string Data => Path.Combine(Home, "data");

    private string Log => Path.Combine(Home, "postgres.log");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    // Upper and lower case of all alphabets, on every platform; before version 17 where the system has such a locale.
    private string[] LocaleOptions => _programs.MajorVersion >= 17
        ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        : [OperatingSystem.IsLinux() ? "--locale=C.UTF-8" : "--locale=C"];

    // Without a command that works, what remains is to kill the process.
    private StopAction Stop => new(
        "PostgreSQL", AsUser(_programs.PgCtl, "stop", "-D", Data, "-m", "fast", "-w", "-t", "10", "-s"), PostmasterFile: PidFile);

    /// <summary>Starts the cluster that belongs to <paramref name="directory"/>, and makes it first if there is none.</summary>
    public static async Task<EmbeddedPostgres> StartAsync(
        string directory,
        Supervisor supervisor,
        Action<string> report,
        ProgramSearch? search = null,
        CancellationToken cancellationToken = default)
    {
        search ??= ProgramSearch.Default;
        var user = await UnprivilegedUser.FindAsync(search, cancellationToken);
        var home = await CreateHomeAsync(directory, user, cancellationToken);
        var programs = await PostgresPrograms.FindOrInstallAsync(
            Path.Combine(home, "npm"), search, user, supervisor, report, cancellationToken);
        var postgres = new EmbeddedPostgres(directory, home, user, programs, supervisor);

        await postgres.ClearLeftoversAsync();
        if (!await postgres.IsUsableAsync(report, cancellationToken))
        {
            await postgres.InitializeAsync(cancellationToken).ReportIfSlowAsync("Creating the PostgreSQL cluster (first start only)…", report);
        }

        await postgres.StartServerAsync(cancellationToken).ReportIfSlowAsync("Starting PostgreSQL…", report);
        await postgres.CreateDatabaseIfMissingAsync(cancellationToken);
        return postgres;
    }

    /// <summary>Where the cluster of <paramref name="directory"/> may lie; the first place that can be made is taken.</summary>
    public static IEnumerable<string> PossibleHomes(string directory)
    {
        if (!UnprivilegedUser.IsNeeded)
        {
            return [Path.Combine(directory, "postgres")];
        }

        // The other user can perhaps not read the checkout (under root's home), so its cluster lies elsewhere.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(directory))))[..16];
        return new[] { "/var/lib", "/var/tmp", Path.GetTempPath() }.Select(parent => Path.Combine(parent, $"serverless-{hash}"));
    }

    private static async Task<string> CreateHomeAsync(string directory, UnprivilegedUser? user, CancellationToken cancellationToken)
    {
        List<Exception> failures = [];
        foreach (var home in PossibleHomes(directory))
        {
            try
            {
                // Anybody may put a link into the temporary folders; root must not follow it.
                if (user is not null && new DirectoryInfo(home).LinkTarget is null)
                {
                    await user.CreateDirectoryAsync(home, cancellationToken);
                    return home;
                }

                if (user is null)
                {
                    return OperatingSystem.IsWindows()
                        ? Directory.CreateDirectory(home).FullName
                        : Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
                }
            }
            catch (InvalidOperationException failure)
            {
                failures.Add(failure);
            }
        }

        throw new AggregateException("There is no place for the PostgreSQL cluster: set ConnectionStrings__Postgres.", failures);
    }

    // The local host and its supervisor may both have been killed: the server still runs, or its pid file says so.
    private async Task ClearLeftoversAsync()
    {
        if (ProcessIdentity.OfPostmaster(PidFile) is not null)
        {
            await Stop.ExecuteAsync();
        }

        // PostgreSQL does not start when another process has the number in it by now.
        if (File.Exists(PidFile))
        {
            File.Delete(PidFile);
        }
    }

    private async Task<bool> IsUsableAsync(Action<string> report, CancellationToken cancellationToken)
    {
        // The password is written last, so without it the cluster is not complete; or `.local` was deleted to begin afresh.
        var versionFile = Path.Combine(Data, "PG_VERSION");
        if (!File.Exists(_passwordFile) || !File.Exists(versionFile))
        {
            return false;
        }

        var version = (await File.ReadAllTextAsync(versionFile, cancellationToken)).Trim();
        if (version == $"{_programs.MajorVersion}")
        {
            return true;
        }

        report($"The PostgreSQL cluster is of version {version}, the programs in {_programs.Folder} of {_programs.MajorVersion}: "
            + "it is development data, creating it anew…");
        return false;
    }

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        File.Delete(_passwordFile);
        if (Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }

        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var initialPassword = Path.Combine(Home, "initial-password");
        await File.WriteAllTextAsync(initialPassword, password, cancellationToken);
        if (_user is not null)
        {
            await _user.TakeOverAsync(initialPassword, cancellationToken);
        }

        try
        {
            // Not synchronised with the disk, as everything here is development data that can be made again.
            await AsUser(_programs.Initdb, ["-D", Data, "-U", Superuser, "-A", "scram-sha-256", $"--pwfile={initialPassword}",
                    "-E", "UTF8", .. LocaleOptions, "--no-sync"])
                .RunSuccessfullyAsync(process => _supervisor.Register("initdb", process), cancellationToken);
        }
        finally
        {
            File.Delete(initialPassword);
        }

        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), """

            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            max_connections = 300
            # Development data: safe when the server is killed, but not when the machine loses power.
            fsync = off
            full_page_writes = off

            """, cancellationToken);

        var ownerOnly = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            ownerOnly.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var kept = new StreamWriter(_passwordFile, ownerOnly);
        await kept.WriteAsync(password.AsMemory(), cancellationToken);
    }

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        var password = await File.ReadAllTextAsync(_passwordFile, cancellationToken);

        // Before the start: if this process dies during it, the supervisor stops what comes up.
        _supervisor.Register(Stop);
        for (var attempt = 1; ; attempt++)
        {
            var port = LoopbackPort.FindFree();
            File.Delete(Log);

            // pg_ctl gives the server a session of its own, out of the reach of Ctrl-C.
            var start = AsUser(_programs.PgCtl, "start", "-D", Data, "-l", Log, "-o", $"-p {port}", "-w", "-s");
            var result = await start.RunAsync(cancellationToken: cancellationToken);
            if (result.Succeeded)
            {
                ConnectionString = new NpgsqlConnectionStringBuilder
                {
                    Host = "127.0.0.1",
                    Port = port,
                    Username = Superuser,
                    Password = password,
                    Database = Database,
                    SslMode = SslMode.Disable
                }.ConnectionString;
                return;
            }

            if (attempt == StartAttempts)
            {
                var log = File.Exists(Log) ? await File.ReadAllLinesAsync(Log, cancellationToken) : [];
                throw new InvalidOperationException(
                    $"PostgreSQL did not start: {result.Output}\n{string.Join('\n', log.TakeLast(LogLinesShown))}");
            }

            // Another process took the port, or the backends of a killed server have not noticed yet.
            await Task.Delay(RetryDelay, cancellationToken);
            await ClearLeftoversAsync();
        }
    }

    private async Task CreateDatabaseIfMissingAsync(CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false };
        try
        {
            await using var existing = new NpgsqlConnection(settings.ConnectionString);
            await existing.OpenAsync(cancellationToken);
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            settings.Database = "postgres";
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private ProgramCall AsUser(string program, params IReadOnlyList<string> arguments)
    {
        var command = new ProgramCall(program, arguments, Home);
        return _user?.Run(command) ?? command;
    }
}
