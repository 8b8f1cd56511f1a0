using Xunit.Sdk;

namespace Functions.Tests.Servers;

public sealed class RedisAvailabilityTests
{
    [Fact]
    public void Without_redis_server_a_test_is_skipped_with_the_reason()
    {
        string? reason = null;
        try
        {
            RedisAvailability.RequireRedisServer(searchPath: "/nowhere", require: null);
        }
        catch (SkipException exception) // Assert.Throws would let it through, and skip this test
        {
            reason = exception.Message;
        }

        Assert.Contains("redis-server is not on the PATH", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_redis_server_a_test_fails_where_it_is_required()
    {
        Assert.Throws<FailException>(() => RedisAvailability.RequireRedisServer(searchPath: "/nowhere", require: "1"));
    }
}
