using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Tests.Connections;

public sealed class RedisFailureTests
{
    public static TheoryData<Exception, bool> Cases => new()
    {
        { new RedisConnectionException(ConnectionFailureType.SocketClosed, CommandFlags.None, "gone", null, CommandStatus.Sent), true },
        { new RedisTimeoutException(CommandFlags.None, "late", CommandStatus.Sent), true },
        { new RedisException("closing"), true },
        { new TimeoutException(), false },
        { new InvalidOperationException(), false },
        { new OperationCanceledException(), false },
        { new ObjectDisposedException("multiplexer"), false },
        { new RedisConfigurationException("REDIS_DB: 1"), false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void An_outage_is_what_callers_can_live_without(Exception exception, bool expected) =>
        Assert.Equal(expected, RedisFailure.IsOutage(exception));

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory", true)]
    [InlineData("READONLY You can't write against a read only replica. script: 1f0, on @user_script:9.", true)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", true)]
    [InlineData("CLUSTERDOWN The cluster is down", true)]
    [InlineData("MASTERDOWN Link with MASTER is down", true)]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", true)]
    [InlineData("MISCONF Redis is configured to save RDB snapshots", true)]
    [InlineData("NOREPLICAS Not enough good replicas to write.", true)]
    [InlineData("BUSY Redis is busy running a script.", true)]
    [InlineData("ERR Error running script (call to f_1f0): @user_script:9: @user_script: 9: -READONLY You can't write against a read only replica.", true)]
    [InlineData("ERR Error running script (call to f_1f0): @user_script:9: attempt to index a nil value", false)]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value", false)]
    [InlineData("ERR unknown command", false)]
    public void An_error_reply_is_an_outage_if_the_server_cannot_serve_now(string message, bool expected) =>
        Assert.Equal(expected, RedisFailure.IsOutage(new RedisServerException(RedisErrorKind.Unknown, CommandFlags.None, message)));
}
