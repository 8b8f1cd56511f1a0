namespace Functions.Redis.Caching;

/// <summary>Stands for a key or a tag in the first level as it was at one moment; it falls when the key or tag is removed.</summary>
/// <param name="setToken">For a value that was set: what tells the set from all others.</param>
internal sealed class LocalGuard(ulong? setToken = null)
{
    private volatile bool _hasFallen;

    public ulong? SetToken { get; } = setToken;

    /// <summary>Whether what it stands for has been removed since.</summary>
    public bool HasFallen => _hasFallen;

    public void Fall() => _hasFallen = true;
}
