using System.Diagnostics;
using System.Globalization;
using System.Net;
using Functions.LocalHost.Embedded;
using Npgsql;

namespace Functions.Tests.Servers;

/// <summary>A PostgreSQL cluster of a test's own, to be killed, frozen and started again on the same port.</summary>
public sealed class PostgresProcess : IAsyncDisposable
{
    private readonly string _directory;
    private readonly UnprivilegedUser? _user;
    private readonly PostgresPrograms _programs;
    private readonly Supervisor _supervisor;
    private readonly string _supervised;

    private PostgresProcess(string directory, UnprivilegedUser? user, PostgresPrograms programs, Supervisor supervisor, string supervised) =>
        (_directory, _user, _programs, _supervisor, _supervised) = (directory, user, programs, supervisor, supervised);

    public IPEndPoint Endpoint { get; } = new(IPAddress.Loopback, FreePort.Next());

    /// <summary>To the database <c>postgres</c>, as superuser.</summary>
    public string ConnectionString => ConnectionStringAt(Endpoint);

    private string Data => Path.Combine(_directory, "data");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="settings">Further lines of <c>postgresql.conf</c>.</param>
    public static async Task<PostgresProcess> StartNewAsync(params string[] settings)
    {
        var supervised = Directory.CreateTempSubdirectory("functions-tests-supervisor-").FullName;
        var supervisor = Supervisor.Start(supervised);
        var user = await UnprivilegedUser.FindAsync(ProgramSearch.Default, CancellationToken.None);
        var directory = Directory.CreateTempSubdirectory("functions-tests-postgres-").FullName;
        if (user is not null)
        {
            await user.TakeOverAsync(directory, CancellationToken.None);
        }

        var programs = await PostgresPrograms.FindOrInstallAsync(
            Path.Combine(supervised, "npm"), ProgramSearch.Default, user, supervisor, _ => { }, CancellationToken.None);
        var cluster = new PostgresProcess(directory, user, programs, supervisor, supervised);
        try
        {
            await cluster.InitializeAsync(settings);
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same database server as seen through a proxy.</summary>
    public string ConnectionStringAt(IPEndPoint endpoint) => new NpgsqlConnectionStringBuilder
    {
        Host = endpoint.Address.ToString(),
        Port = endpoint.Port,
        Username = "postgres",
        Database = "postgres",
        SslMode = SslMode.Disable,
    }.ConnectionString;

    /// <summary>Starts it; returns when it serves.</summary>
    public Task StartAsync() => RunAsync(_programs.PgCtl, "start", "-D", Data, "-l", Path.Combine(_directory, "log"), "-w", "-s");

    /// <summary>Ends every process of the server at once, without a checkpoint: the next start recovers from the log.</summary>
    public Task StopImmediatelyAsync() => RunAsync(_programs.PgCtl, "stop", "-D", Data, "-m", "immediate", "-w", "-s");

    /// <summary>Freezes every process of the server (SIGSTOP): the system still accepts connections for it, but nothing is answered.</summary>
    public async Task PauseAsync()
    {
        // The postmaster first, so that it makes no further ones.
        var postmaster = ProcessIdentity.OfPostmaster(PidFile)!.Id;
        await SignalAsync("STOP", [postmaster]);
        await SignalAsync("STOP", ChildrenOf(postmaster));
    }

    /// <summary>Lets a paused server go on (SIGCONT).</summary>
    public async Task ResumeAsync()
    {
        if (ProcessIdentity.OfPostmaster(PidFile) is { } postmaster)
        {
            await SignalAsync("CONT", [.. ChildrenOf(postmaster.Id), postmaster.Id]);
        }
    }

    /// <summary>Gives a directory to the account that runs the server.</summary>
    public Task TakeOverAsync(string directory) => _user?.TakeOverAsync(directory, CancellationToken.None) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await ResumeAsync();
        await _supervisor.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        Directory.Delete(_supervised, recursive: true);
    }

    private async Task InitializeAsync(string[] settings)
    {
        await RunAsync(_programs.Initdb, "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"),
        [
            "",
            string.Create(CultureInfo.InvariantCulture, $"port = {Endpoint.Port}"),
            "listen_addresses = '127.0.0.1'",
            "unix_socket_directories = ''",
            // What a killed process has written the system still has; only the loss of the machine would need more.
            "fsync = off",
            .. settings,
        ]);
        _supervisor.Register(new StopAction("PostgreSQL", AsUser(_programs.PgCtl, "stop", "-D", Data, "-m", "immediate", "-w", "-s"), PostmasterFile: PidFile));
    }

    private static int[] ChildrenOf(int parent) =>
    [
        .. Process.GetProcesses().Select(process => process.Id).Where(id =>
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{id}/stat");
                return int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0], CultureInfo.InvariantCulture) == parent;
            }
            catch (IOException)
            {
                return false; // It has ended meanwhile.
            }
        }),
    ];

    // One that has ended meanwhile is no failure.
    private static Task<ProgramResult> SignalAsync(string signal, IEnumerable<int> ids) =>
        new ProgramCall("kill", ["-s", signal, .. ids.Select(id => id.ToString(CultureInfo.InvariantCulture))]).RunAsync();

    private Task<string> RunAsync(string program, params IReadOnlyList<string> arguments) => AsUser(program, arguments).RunSuccessfullyAsync();

    private ProgramCall AsUser(string program, params IReadOnlyList<string> arguments)
    {
        var command = new ProgramCall(program, arguments, _directory);
        return _user?.Run(command) ?? command;
    }
}
