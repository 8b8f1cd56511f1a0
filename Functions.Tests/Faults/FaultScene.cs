using Functions.Tests.Application;
using Functions.Tests.Faults.MixedLoad;

namespace Functions.Tests.Faults;

/// <summary>A host in a process of its own, on a database of its own, under the mixed load.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    private FaultScene(LocalHostProcess host, LoadRun load, string postgres, string mail) => (Host, Load, Postgres, Mail) = (host, load, postgres, mail);

    public LocalHostProcess Host { get; }

    public LoadRun Load { get; }

    /// <summary>The database, directly.</summary>
    public string Postgres { get; }

    private string Mail { get; }

    /// <summary>Starts the host and sets the load to work.</summary>
    /// <param name="servers">PostgreSQL and Blob storage.</param>
    /// <param name="settings">Where Redis is, and what else is to be different.</param>
    public static Task<FaultScene> StartAsync(FaultServers servers, params IEnumerable<(string Name, string Value)> settings) =>
        StartAsync(servers, database: null, settings);

    /// <summary>The same on a given database.</summary>
    public static async Task<FaultScene> StartAsync(FaultServers servers, string? database, params IEnumerable<(string Name, string Value)> settings)
    {
        var (postgres, mail) = (database ?? await servers.CreateDatabaseAsync(), servers.CreateDirectory());
        var host = await LocalHostProcess.StartAsync(await servers.SettingsAsync(postgres, mail, settings));
        return new FaultScene(host, await LoadRun.StartAsync([host.Address], postgres), postgres, mail);
    }

    /// <summary>Lets the fault happen; returns the requests from its beginning until everything works again.</summary>
    public async Task<LoadWindow> UnderAsync(string name, Func<Task> fault)
    {
        var window = await Load.UnderAsync(name, fault);
        if (window.Requests.Any(request => request.Status == 500))
        {
            // What no answer says is in the log.
            var failures = (await Host.ReadLogAsync()).Where(line => line.Contains(" failed. ", StringComparison.Ordinal)).Take(3);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', failures));
        }

        return window;
    }

    /// <summary>Waits for all effects and asserts that nothing is lost, doubled or wrong.</summary>
    public Task<LoadAudit> AssertSoundAsync(Func<LoadWrite, bool>? mayBeLost = null) => Load.AssertSoundAsync(Postgres, Mail, mayBeLost);

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await Host.DisposeAsync();
    }
}
