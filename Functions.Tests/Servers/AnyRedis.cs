namespace Functions.Tests.Servers;

/// <summary>
/// Runs a theory on each server whose commands behave differently: <c>[Theory, ClassData&lt;AnyRedis&gt;]</c> on a test with a
/// <see cref="RedisKind"/> parameter. Sentinel is left out: its master is the same program as <see cref="RedisKind.Single"/>.
/// </summary>
public sealed class AnyRedis : TheoryData<RedisKind>
{
    public AnyRedis() : base(RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster)
    {
    }
}
