using System.Diagnostics;

namespace Functions.LocalHost.Embedded;

/// <summary>What must be stopped when the local host ends: politely by a command, then by force, then verified.</summary>
/// <param name="Name">How messages call it.</param>
/// <param name="Command">Stops it; tried again while it fails, because the server may be just about to start.</param>
/// <param name="Process">The process to kill if it still runs.</param>
/// <param name="PostmasterFile">The <c>postmaster.pid</c> that names the process to kill if it still runs.</param>
/// <param name="Grace">How long the process may take to end by itself.</param>
internal sealed record StopAction(
    string Name,
    ProgramCall? Command = null,
    ProcessIdentity? Process = null,
    string? PostmasterFile = null,
    TimeSpan Grace = default)
{
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Executes <paramref name="actions"/> in reverse order; one that fails does not keep the others from being executed.</summary>
    /// <exception cref="AggregateException">What could not be stopped.</exception>
    public static async Task ExecuteAllAsync(IEnumerable<StopAction> actions)
    {
        List<Exception> failures = [];
        foreach (var action in actions.Reverse())
        {
            try
            {
                await action.ExecuteAsync();
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    public async Task ExecuteAsync()
    {
        var output = Command is null ? null : await RunCommandAsync(Command);
        if ((Process ?? Postmaster()) is not { IsRunning: true } process || await process.WaitForExitAsync(Grace))
        {
            return;
        }

        process.Kill();
        if (!await process.WaitForExitAsync(KillTimeout))
        {
            throw new InvalidOperationException($"{Name} (process {process.Id}) could not be stopped. {output}");
        }
    }

    private static async Task<string> RunCommandAsync(ProgramCall command)
    {
        for (var elapsed = Stopwatch.StartNew(); ; await Task.Delay(RetryInterval))
        {
            var result = await command.RunAsync();
            if (result.Succeeded || elapsed.Elapsed > RetryFor)
            {
                return result.Output;
            }
        }
    }

    private ProcessIdentity? Postmaster() => PostmasterFile is null ? null : ProcessIdentity.OfPostmaster(PostmasterFile);
}
