using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.RateLimiting;

/// <summary>The scripts: one for several limits, one per algorithm for a single one, and what they reply.</summary>
public sealed class ScriptTests(RedisServers servers)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<RedisKind, RateLimitAlgorithm> Cases() =>
    [
        .. from kind in new[] { RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster }
           from algorithm in Enum.GetValues<RateLimitAlgorithm>()
           select new TheoryDataRow<RedisKind, RateLimitAlgorithm>(kind, algorithm),
    ];

    [Theory, MemberData(nameof(Cases))]
    public async Task A_limit_decides_alone_as_it_does_among_others(RedisKind kind, RateLimitAlgorithm algorithm)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new RateLimitStore(connection);
        var policy = new RateLimitPolicy("same", 10, Minute, Algorithm: algorithm);
        CountedLimit alone = new(policy, Unique.Name()), among = new(policy, Unique.Name());
        CountedLimit wide = new(new("wide", 1_000, Minute, Algorithm: RateLimitAlgorithm.TokenBucket), among.Partition);

        foreach (var permits in new[] { 0, 1, 4, 6, 11, 0, 5, 1, 0 })
        {
            var one = (await store.AcquireAsync([alone], permits, Cancellation)).Decisions[0];
            var several = (await store.AcquireAsync([wide, among], permits, Cancellation)).Decisions[1];

            Assert.Equal((permits, one.IsAllowed, one.Remaining, one.Limit), (permits, several.IsAllowed, several.Remaining, several.Limit));
            Assert.InRange((one.RetryAfter - several.RetryAfter).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
            Assert.InRange((one.ResetAfter - several.ResetAfter).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task The_largest_and_the_smallest_policy_can_be_decided(RedisKind kind, RateLimitAlgorithm algorithm)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new RateLimitStore(connection);
        var years = TimeSpan.FromDays(3650);
        foreach (var (limit, window) in new[] { (int.MaxValue, years), (1, years), (int.MaxValue, TimeSpan.FromMilliseconds(1)), (7, years) })
        {
            CountedLimit[] counted = [new(new("edge", limit, window, Algorithm: algorithm), Unique.Name())];

            var decision = (await store.AcquireAsync(counted, 1, Cancellation)).Decisions[0];
            var next = (await store.AcquireAsync(counted, 1, Cancellation)).Decisions[0];

            Assert.Equal((true, limit - 1, TimeSpan.Zero), (decision.IsAllowed, decision.Remaining, decision.RetryAfter));
            Assert.Equal(limit > 1, next.IsAllowed);
            Assert.InRange(next.RetryAfter, TimeSpan.Zero, years);
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Permits_given_back_are_there_for_what_is_asked_next(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limits = new RateLimits(connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
        CountedLimit[] one = [new(new("one", 1, Minute, Algorithm: RateLimitAlgorithm.Concurrency), Unique.Name())];

        for (var i = 0; i < 200; i++)
        {
            using var held = await limits.AcquireAsync(one, 1, Cancellation);
            using var second = await limits.AcquireAsync(one, 1, Cancellation);
            Assert.Equal((i, true, false), (i, held.IsAllowed, second.IsAllowed));
        }
    }

    [Fact]
    public async Task A_permit_of_concurrency_is_not_taken_where_nobody_could_give_it_back()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        await using var limits = new RateLimits(connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
        var policy = new RateLimitPolicy("one", 1, Minute, Algorithm: RateLimitAlgorithm.Concurrency);
        var partition = Unique.Name();

        await Assert.ThrowsAsync<ArgumentException>(() => limits.AcquireAsync(policy, partition, Cancellation));

        await using var acquisition = await limits.AcquireAsync([new(policy, partition)], 1, Cancellation);
        Assert.True(acquisition.IsAllowed);
    }

    [Theory]
    [InlineData(1, 11, "zrem")]
    [InlineData(2, 11, "eval")]
    public async Task A_permit_of_concurrency_takes_one_script_and_one_command_more(int permits, int scripts, string release)
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var connection = server.CreateConnection();
        await using var limits = new RateLimits(connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
        CountedLimit[] limit = [new(new("count", 3, Minute, Algorithm: RateLimitAlgorithm.Concurrency), "one")];
        using (await limits.AcquireAsync(limit, permits, Cancellation))
        {
        }

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 10; i++)
        {
            using var held = await limits.AcquireAsync(limit, permits, Cancellation);
            Assert.True(held.IsAllowed);
        }

        await limits.AcquireAsync(limit, 0, Cancellation); // Behind the last that was given back.
        var calls = await counter.CountAsync();

        Assert.Equal((scripts, 10), (calls["evalsha"], calls[release]));
        Assert.False(await (await connection.GetDatabaseAsync(Cancellation)).KeyExistsAsync(limit[0].Key));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_shorter_lease_does_not_end_a_longer_one(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new RateLimitStore(connection);
        var policy = new RateLimitPolicy("leases", 2, Minute, Algorithm: RateLimitAlgorithm.Concurrency);
        CountedLimit longer = new(policy, Unique.Name()), shorter = longer with { Policy = policy with { Window = TimeSpan.FromMilliseconds(100) } };

        await store.AcquireAsync([longer], 1, Cancellation);
        await store.AcquireAsync([shorter], 1, Cancellation);

        await TestPolling.EventuallyAsync(
            async () => (await store.AcquireAsync([longer], 0, Cancellation)).Decisions[0].Remaining == 1, TimeSpan.FromSeconds(5), "the shorter lease to end");
        var left = (await (await connection.GetDatabaseAsync(Cancellation)).KeyTimeToLiveAsync(longer.Key))!.Value;
        Assert.InRange(left, TimeSpan.FromSeconds(55), TimeSpan.FromSeconds(65));
    }

    [Fact]
    public void A_reply_is_read_as_its_script_says()
    {
        CountedLimit[] limits = [new(new("one", 5, Minute), "a"), new(new("two", 7, Minute), "a")];

        var grant = RateLimitGrant.Read("1764029856123456 4 60000000 0 -3 1500001 999"u8, limits, 2, "lease");

        var now = DateTimeOffset.FromUnixTimeMilliseconds(1764029856123);
        Assert.Equal((1764029856123456, 2, "lease", false), (grant.TakenAt, grant.Permits, grant.Lease, grant.IsAllowed));
        Assert.Equal(
            [
                new(true, 5, 4, now + Minute, Minute, TimeSpan.Zero),
                // A lowered limit has less than nothing left; times are rounded up to milliseconds.
                new(false, 7, 0, now + TimeSpan.FromMilliseconds(1501), TimeSpan.FromMilliseconds(1501), TimeSpan.FromMilliseconds(1)),
            ],
            grant.Decisions);
    }

    [Theory, InlineData(""), InlineData("1764029856123456"), InlineData("1764029856123456 4 60000000"), InlineData("1764029856123456 4 x 0")]
    public void A_reply_of_another_form_is_an_error(string reply) =>
        Assert.Throws<InvalidDataException>(() =>
            RateLimitGrant.Read(System.Text.Encoding.ASCII.GetBytes(reply), [new(new("one", 5, Minute), "a")], 1, ""));
}
