namespace Functions.Tests.Servers;

/// <summary>What of the data outlives a server.</summary>
public enum RedisPersistence
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An append-only file, synced every second. A killed server has still written all to the operating system.</summary>
    AppendEverySecond,

    /// <summary>An append-only file, synced before each reply.</summary>
    AppendAlways,
}
