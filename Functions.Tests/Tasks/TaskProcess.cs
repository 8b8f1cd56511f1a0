using System.Diagnostics;
using Functions.LocalHost.Embedded;
using Functions.Tests.Servers;

namespace Functions.Tests.Tasks;

/// <summary>A worker in a process of its own (<see cref="TaskDriver"/>), to be killed.</summary>
internal sealed class TaskProcess : IDisposable
{
    private readonly Process _process;

    private TaskProcess(Process process) => _process = process;

    public static TaskProcess Start(string redis, string postgres, string queue, TaskBells bells)
    {
        var dotnet = Supervisor.DotnetProgram();
        return new TaskProcess(Process.Start(new ProcessStartInfo(dotnet, [typeof(TaskDriver).Assembly.Location])
        {
            RedirectStandardInput = true, // It ends with it.
            RedirectStandardOutput = true,
            Environment = { [TaskDriver.Variable] = $"{redis}|{postgres}|{queue}|{bells}" },
        })!);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}

/// <summary>Which bells a worker hears, beside the timer.</summary>
[Flags]
public enum TaskBells
{
    TimerOnly = 0,
    List = 1,
    Messages = 2,
    All = List | Messages,
}
