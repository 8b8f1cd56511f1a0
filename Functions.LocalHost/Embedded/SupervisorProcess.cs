using System.Runtime.InteropServices;
using System.Text.Json;

namespace Functions.LocalHost.Embedded;

/// <summary>
/// The program of the child process that outlives the local host by the moment it takes to stop what the local host started.
/// It reads one <see cref="StopAction"/> per line from standard input; the end of the input is the end of the local host, however it
/// came about.
/// </summary>
internal static class SupervisorProcess
{
    /// <summary>The first argument that makes the local host run this instead; the second is the directory for the log.</summary>
    public const string Argument = "supervise";

    public static async Task<int> RunAsync(string directory)
    {
        // Ctrl-C and a closed terminal reach the whole process group: this process must stay to do its work.
        PosixSignalRegistration[] ignored =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
                .Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true))
        ];
        List<StopAction> actions = [];
        try
        {
            try
            {
                using var input = new StreamReader(System.Console.OpenStandardInput());
                while (await input.ReadLineAsync() is { } line)
                {
                    actions.Add(JsonSerializer.Deserialize(line, SupervisorJson.Default.StopAction)!);
                }
            }
            finally
            {
                await StopAction.ExecuteAllAsync(actions);
            }

            return 0;
        }
        catch (Exception failure)
        {
            // Nobody may be left who reads what is written to the console.
            await File.AppendAllTextAsync(Path.Combine(directory, "supervisor.log"), $"{DateTime.UtcNow:O} {failure}\n");
            return 1;
        }
        finally
        {
            Array.ForEach(ignored, registration => registration.Dispose());
        }
    }
}
