using System.ComponentModel;
using System.Diagnostics;

namespace Functions.LocalHost.Embedded;

/// <summary>A process by number and start time: the number alone may belong to another process by the time it is used.</summary>
internal sealed record ProcessIdentity(int Id, DateTime StartedUtc)
{
    // The start time is computed from the system's uptime, so two readers get slightly different values.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>The identity of <paramref name="process"/>; null when it has ended already.</summary>
    public static ProcessIdentity? Of(Process process)
    {
        try
        {
            return new ProcessIdentity(process.Id, process.StartTime.ToUniversalTime());
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The postmaster that wrote a <c>postmaster.pid</c>; null without a file or when that process is not running any more.</summary>
    public static ProcessIdentity? OfPostmaster(string pidFile)
    {
        // https://www.postgresql.org/docs/current/storage-file-layout.html: process number, data directory, start time, …
        if (!File.Exists(pidFile) || File.ReadAllLines(pidFile) is not [var id, _, var started, ..]
            || !int.TryParse(id, out var number) || !long.TryParse(started, out var seconds))
        {
            return null;
        }

        var postmaster = new ProcessIdentity(number, DateTime.UnixEpoch.AddSeconds(seconds));
        return postmaster.IsRunning ? postmaster : null;
    }

    public bool IsRunning
    {
        get
        {
            using var process = Find();
            return process is not null;
        }
    }

    public void Kill()
    {
        using var process = Find();
        process?.Kill(entireProcessTree: true);
    }

    /// <summary>Waits at most <paramref name="limit"/>; true when the process has ended.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        for (var waited = Stopwatch.StartNew(); IsRunning; await Task.Delay(PollInterval, cancellationToken))
        {
            if (waited.Elapsed > limit)
            {
                return false;
            }
        }

        return true;
    }

    private Process? Find()
    {
        Process? process = null;
        try
        {
            process = Process.GetProcessById(Id);
            if (!IsZombie() && (Of(process)?.StartedUtc - StartedUtc)?.Duration() < Tolerance)
            {
                return process;
            }
        }
        catch (ArgumentException)
        {
            // No process has this number.
        }

        process?.Dispose();
        return null;
    }

    // In a container without an init process, nobody collects an orphan that has ended: its number stays in use for good.
    private bool IsZombie()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            var state = File.ReadAllText($"/proc/{Id}/stat");
            return state[state.LastIndexOf(')') + 2] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true; // Gone since it was looked up.
        }
    }
}
