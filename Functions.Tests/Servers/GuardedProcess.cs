using System.Diagnostics;

namespace Functions.Tests.Servers;

/// <summary>
/// A child process that does not outlive this process, however this process ends. A shell between the two holds the reading end of a
/// pipe whose writing end only this process has: the system closes it when this process dies, even by SIGKILL, and at that end of file
/// the shell kills the child and removes its directory. The same pipe carries the signals that we send.
/// </summary>
internal sealed class GuardedProcess : IDisposable
{
    // The outer shell lives exactly as long as the child, so its exit is the child's. It is the one who reaps the child, and the guard
    // is gone right after: a signal never reaches another process that was given the same id.
    private const string Script = """
        directory=$1 log=$2; shift 2
        exec 3<&0 </dev/null 2>>"$log"
        "$@" >>"$log" 2>&1 3<&- &
        child=$!
        (
          trap '' PIPE
          while read -r signal; do kill -s "$signal" "$child"; echo "$signal"; done
          touch "$directory/orphaned"
          kill -s KILL "$child"
        ) <&3 &
        guard=$!
        exec 3<&-
        wait "$child"
        status=$?
        kill -s KILL "$guard"
        if [ -e "$directory/orphaned" ]; then rm -rf "$directory"; fi
        exit "$status"
        """;

    private readonly Process _shell;

    private GuardedProcess(Process shell) => _shell = shell;

    public bool HasExited => _shell.HasExited;

    /// <param name="directory">Removed when this process dies before the child does.</param>
    /// <param name="log">The file that the child's output is appended to.</param>
    /// <param name="command">The program and its arguments.</param>
    public static GuardedProcess Start(string directory, string log, params string[] command) =>
        new(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "guard", directory, log, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);

    /// <summary>Sends a signal by its name, such as <c>TERM</c>. Returns when it is sent, not when it has had its effect.</summary>
    public async Task SignalAsync(string signal)
    {
        try
        {
            await _shell.StandardInput.WriteLineAsync(signal);
            await _shell.StandardInput.FlushAsync();
            await _shell.StandardOutput.ReadLineAsync(); // the acknowledgement, or the end because the child is gone
        }
        catch (IOException)
        {
            // The child has exited meanwhile.
        }
    }

    /// <exception cref="TimeoutException">The child still runs after that time.</exception>
    public Task WaitForExitAsync(TimeSpan timeout) => _shell.WaitForExitAsync().WaitAsync(timeout);

    public void Dispose() => _shell.Dispose();
}
