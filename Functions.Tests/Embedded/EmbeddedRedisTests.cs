using Functions.LocalHost.Embedded;
using StackExchange.Redis;

namespace Functions.Tests.Embedded;

public sealed class EmbeddedRedisTests : IAsyncLifetime
{
    private readonly EmbeddedRedis _server = EmbeddedRedis.Start();
    private ConnectionMultiplexer _connection = null!;
    private IDatabase _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        _redis = _connection.GetDatabase();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Scripts_know_the_time()
    {
        var time = (string[]?)await _redis.ScriptEvaluateAsync("return redis.call('TIME')");

        var seconds = long.Parse(time![0], null);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds, -2, 2);
    }

    [Fact]
    public async Task Scripts_run_by_hash()
    {
        var server = _connection.GetServers()[0];
        var hash = await server.ScriptLoadAsync("redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000) return redis.call('PTTL', KEYS[1])");

        var remaining = (long)await _redis.ScriptEvaluateAsync(hash, ["{script}:key"], ["value"]);

        Assert.InRange(remaining, 1, 60_000);
        Assert.Equal("value", await _redis.StringGetAsync("{script}:key"));
        var unknown = await Assert.ThrowsAsync<RedisServerException>(() => _redis.ExecuteAsync("EVALSHA", new string('0', 40), 0));
        Assert.StartsWith("NOSCRIPT", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_of_several_connections_do_not_interleave()
    {
        await using var other = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        const string increment = "redis.call('SET', KEYS[1], (tonumber(redis.call('GET', KEYS[1])) or 0) + 1)";

        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i =>
            (i % 2 == 0 ? _redis : other.GetDatabase()).ScriptEvaluateAsync(increment, ["counter"])));

        Assert.Equal(1_000, (long)await _redis.StringGetAsync("counter"));
    }

    [Theory]
    [InlineData("return cjson.encode({1, 2, 'three'})", """[1,2,"three"]""")]
    [InlineData("return cjson.decode('{\"a\":{\"b\":\"c\"}}').a.b", "c")]
    [InlineData("return struct.unpack('s', struct.pack('>I4s', 7, 'text'), 5)", "text")]
    [InlineData("return string.format('%d', bit.band(12, 10))", "8")]
    [InlineData("return cmsgpack.unpack(cmsgpack.pack('packed'))", "packed")]
    public async Task Scripts_have_the_libraries_of_Redis(string script, string expected) =>
        Assert.Equal(expected, (string?)await _redis.ScriptEvaluateAsync(script));

    [Fact]
    public async Task Scripts_can_catch_errors_and_return_them()
    {
        Assert.Equal("caught", (string?)await _redis.ScriptEvaluateAsync(
            "redis.call('SET', KEYS[1], 'text') if redis.pcall('LPUSH', KEYS[1], 'x').err then return 'caught' end return 'no error'", ["wrong-type"]));
        await Assert.ThrowsAsync<RedisServerException>(() => _redis.ScriptEvaluateAsync("return redis.error_reply('MY reason')"));
    }

    [Fact]
    public async Task Messages_reach_subscribers_of_channels_and_patterns()
    {
        var subscriber = _connection.GetSubscriber();
        var channel = await subscriber.SubscribeAsync(RedisChannel.Literal("broadcast"));
        var pattern = await subscriber.SubscribeAsync(RedisChannel.Pattern("user:*"));

        await _redis.ScriptEvaluateAsync("redis.call('PUBLISH', 'broadcast', 'to all') return redis.call('PUBLISH', 'user:7', 'to one')");

        Assert.Equal("to all", (await channel.ReadAsync(TestContext.Current.CancellationToken)).Message);
        Assert.Equal("to one", (await pattern.ReadAsync(TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public async Task Lists_pop_several_at_once()
    {
        await _redis.ListRightPushAsync("list", ["a", "b", "c"]);

        Assert.Equal(["a", "b"], await _redis.ListLeftPopAsync("list", 2));
        Assert.Equal(1, await _redis.ListLengthAsync("list"));
    }

    [Fact]
    public async Task Ranges_of_strings_can_be_set()
    {
        await _redis.StringSetAsync("string", "0000");

        Assert.Equal(6, await _redis.StringSetRangeAsync("string", 3, "abc"));
        Assert.Equal("000abc", await _redis.StringGetAsync("string"));
    }

    [Fact]
    public async Task Keys_expire()
    {
        await _redis.StringSetAsync("short", "lived");
        Assert.True(await _redis.KeyExpireAsync("short", TimeSpan.FromMilliseconds(50)));

        await TemporaryRoot.EventuallyAsync(() => !_redis.KeyExists("short"), "the key has expired");
    }

    [Fact]
    public async Task Sorted_sets_and_hashes_work()
    {
        await _redis.SortedSetAddAsync("zset", [new("b", 2), new("a", 1), new("c", 3)]);
        await _redis.HashSetAsync("hash", [new("one", 1), new("two", 2)]);

        Assert.Equal(["a", "b"], await _redis.SortedSetRangeByScoreAsync("zset", double.NegativeInfinity, 2));
        Assert.Equal(3, await _redis.HashIncrementAsync("hash", "two"));
        Assert.Equal(2, await _redis.HashLengthAsync("hash"));
    }

    [Fact]
    public async Task It_holds_a_quarter_of_a_gigabyte()
    {
        const int values = 256;
        var value = new byte[1024 * 1024];
        for (var number = 0; number < values; number++)
        {
            value[0] = (byte)number;
            await _redis.StringSetAsync($"large:{number}", value);
        }

        for (var number = 0; number < values; number++)
        {
            var read = (byte[]?)await _redis.StringGetAsync($"large:{number}");
            Assert.Equal((byte)number, read?[0]);
            Assert.Equal(value.Length, read?.Length);
        }
    }
}
