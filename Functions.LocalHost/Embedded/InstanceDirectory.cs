namespace Functions.LocalHost.Embedded;

/// <summary>
/// <c>.local/1</c>, <c>.local/2</c>, … under the root of the checkout: one for each local host that runs at the same time, held by a
/// locked file. May be deleted while no local host runs.
/// </summary>
internal sealed class InstanceDirectory : IDisposable
{
    private const int MaximumInstances = 100;
    private static readonly TimeSpan CleanupTimeout = TimeSpan.FromSeconds(15);

    private readonly FileLock _lock;

    private InstanceDirectory(int number, string path, FileLock held) => (Number, Path, _lock) = (number, path, held);

    public int Number { get; }

    public string Path { get; }

    /// <summary>What all instances share: <c>.local</c>.</summary>
    public string SharedPath => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Takes the directory with the lowest number that no other local host holds.</summary>
    public static async Task<InstanceDirectory> TakeAsync(string root, CancellationToken cancellationToken)
    {
        for (var number = 1; number <= MaximumInstances; number++)
        {
            var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(root), ".local", $"{number}");
            Directory.CreateDirectory(path);
            if (FileLock.TryTake(System.IO.Path.Combine(path, "lock")) is not { } held)
            {
                continue;
            }

            // After a crash its supervisor may still be stopping the servers; the data is worth the short wait.
            if (await Supervisor.WaitForPreviousAsync(path, CleanupTimeout, cancellationToken))
            {
                return new InstanceDirectory(number, path, held);
            }

            held.Dispose();
        }

        throw new InvalidOperationException($"No free instance directory under {System.IO.Path.Combine(root, ".local")}.");
    }

    public void Dispose() => _lock.Dispose();
}
