namespace Functions.Tests.Caching.Behaviour;

/// <summary>The implementations of <c>HybridCache</c> that are compared.</summary>
public enum CacheKind
{
    /// <summary>Ours.</summary>
    RedisHybridCache,

    /// <summary>Microsoft's, with its Redis cache as the second level.</summary>
    HybridCache,

    /// <summary>FusionCache behind the same abstraction and on the same second level, without its backplane and its distributed lock.</summary>
    FusionCache,
}
