using System.Diagnostics;

namespace Functions.LocalHost.Embedded;

/// <summary>A program with its arguments, run to its end.</summary>
internal sealed record ProgramCall(string Program, IReadOnlyList<string> Arguments, string? WorkingDirectory = null)
{
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(1);

    /// <summary>Runs the program; kills it when cancelled. <paramref name="started"/> gets the process as soon as it runs.</summary>
    public async Task<ProgramResult> RunAsync(Action<Process>? started = null, CancellationToken cancellationToken = default)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = WorkingDirectory ?? string.Empty
        }) ?? throw new InvalidOperationException($"{Program} did not start.");
        started?.Invoke(process);
        process.StandardInput.Close();

        var output = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        // A server that the program left running may hold its output open (on Windows it inherits the handles).
        await Task.WhenAny(output, Task.Delay(OutputGrace, CancellationToken.None));
        return new ProgramResult(process.ExitCode, output.IsCompletedSuccessfully ? string.Concat(output.Result).Trim() : string.Empty);
    }

    /// <summary>Runs the program and throws with its output unless it ends with exit code 0.</summary>
    public async Task<string> RunSuccessfullyAsync(Action<Process>? started = null, CancellationToken cancellationToken = default)
    {
        var result = await RunAsync(started, cancellationToken);
        return result.Succeeded
            ? result.Output
            : throw new InvalidOperationException($"'{this}' failed with exit code {result.ExitCode}:\n{result.Output}");
    }

    public override string ToString() => string.Join(' ', [Program, .. Arguments]);
}
