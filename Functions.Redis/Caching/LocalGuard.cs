namespace Functions.Redis.Caching;

/// <summary>Stands for a key or a tag in the first level as it was at one moment; it falls when the key or tag is removed.</summary>
internal sealed class LocalGuard
{
    private volatile bool _hasFallen;

    /// <summary>Whether what it stands for has been removed since.</summary>
    public bool HasFallen => _hasFallen;

    public void Fall() => _hasFallen = true;
}
