using System.Diagnostics;
using System.Text.Json;
using Functions.LocalHost.Embedded;
using Functions.Tests.Embedded;

namespace Functions.Tests.Faults.EventSources;

/// <summary>The npm package <c>eventsource</c> in Node.js.</summary>
internal sealed class NpmEventSource : IEventSource
{
    // Answers each line of its input with what it has seen; ends with its input.
    private const string Script = $$"""
        const [library, url, session] = process.argv.slice(1);
        const { EventSource } = await import(library);
        const source = new EventSource(url, {
          fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, 'X-Session-ID': session } })
        });
        const seen = ({{SeenEvents.Observe}})(source);
        process.stdin.on('data', () => console.log(JSON.stringify(seen))).on('end', () => process.exit());
        """;

    private static readonly NpmPackage Package = new("eventsource", "4");

    private readonly Process _node;

    private NpmEventSource(Process node) => _node = node;

    /// <summary>Connects with a session's token.</summary>
    public static async Task<NpmEventSource> StartAsync(Uri events, string session)
    {
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        var package = await Package.InstallAsync(
            TemporaryRoot.NpmCache, ProgramSearch.Default, supervisor, TestContext.Current.TestOutputHelper!.WriteLine, TestContext.Current.CancellationToken);
        var library = new Uri(Path.Combine(package, "dist", "index.js")).ToString();
        var node = Process.Start(new ProcessStartInfo("node", ["--input-type=module", "--eval", Script, "--", library, events.ToString(), session])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        return new NpmEventSource(node!);
    }

    /// <inheritdoc/>
    public async Task<SeenEvents> ReadAsync()
    {
        await _node.StandardInput.WriteLineAsync();
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("node has ended.");
        return JsonSerializer.Deserialize<SeenEvents>(line, JsonSerializerOptions.Web)!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }
}
