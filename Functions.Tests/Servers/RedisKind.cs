using System.Diagnostics.CodeAnalysis;

namespace Functions.Tests.Servers;

/// <summary>The deployments of Redis that the application must work on.</summary>
public enum RedisKind
{
    /// <summary>Garnet in this process. The only one that runs everywhere.</summary>
    Garnet,

    /// <summary>One <c>redis-server</c>.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "One server, not a floating-point number.")]
    Single,

    /// <summary>Redis Cluster, three masters.</summary>
    Cluster,

    /// <summary>A master and a replica, watched by three sentinels.</summary>
    Sentinel,
}
