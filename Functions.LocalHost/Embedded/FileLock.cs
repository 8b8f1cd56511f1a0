namespace Functions.LocalHost.Embedded;

/// <summary>An exclusive lock among processes. The operating system releases it when the process ends, however that comes about.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private FileLock(string path) => _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Null when another process holds the lock.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(path);
        }
        catch (IOException taken) when (taken.GetType() == typeof(IOException))
        {
            // Its subclasses are other faults: no such directory, path too long, …
            return null;
        }
    }

    public static async Task<FileLock> TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    public void Dispose() => _file.Dispose();
}
