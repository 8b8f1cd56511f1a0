namespace Functions.Tests.Caching.Behaviour;

/// <summary>Runs a theory on each implementation.</summary>
public sealed class AnyCache : TheoryData<CacheKind>
{
    public AnyCache() : base(Enum.GetValues<CacheKind>())
    {
    }
}
