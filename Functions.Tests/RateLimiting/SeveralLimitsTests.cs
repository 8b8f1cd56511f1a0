using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.RateLimiting;

/// <summary>Several limits on one request.</summary>
public sealed class SeveralLimitsTests(RedisServers servers)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<RedisKind, RateLimitAlgorithm, bool> Cases() =>
    [
        .. from kind in new[] { RedisKind.Garnet, RedisKind.Single, RedisKind.Cluster }
           from algorithm in Enum.GetValues<RateLimitAlgorithm>()
           from sameCaller in new[] { true, false }
           select new TheoryDataRow<RedisKind, RateLimitAlgorithm, bool>(kind, algorithm, sameCaller),
    ];

    [Theory, MemberData(nameof(Cases))]
    public async Task A_request_that_one_limit_rejects_uses_up_nothing_of_the_others(RedisKind kind, RateLimitAlgorithm algorithm, bool sameCaller)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limits = Create(connection);
        var partition = Unique.Name();
        var wide = new CountedLimit(new("wide", 10, Minute, Algorithm: algorithm), partition);
        var narrow = new CountedLimit(new("narrow", 2, Minute), sameCaller ? partition : Unique.Name());

        await using var first = await limits.AcquireAsync([wide, narrow], 1, Cancellation);
        await using var second = await limits.AcquireAsync([wide, narrow], 1, Cancellation);
        for (var i = 0; i < 20; i++)
        {
            await using var rejected = await limits.AcquireAsync([wide, narrow], 1, Cancellation);
            Assert.False(rejected.IsAllowed);
            Assert.Equal([(true, 8), (false, 0)], rejected.Decisions.Select(decision => (decision.IsAllowed, decision.Remaining)));
        }

        Assert.True(first.IsAllowed && second.IsAllowed);
        await using var left = await limits.AcquireAsync([wide], 8, Cancellation);
        Assert.True(left.IsAllowed, "Rejected requests have used up the other limit.");
        await using var none = await limits.AcquireAsync([wide], 1, Cancellation);
        Assert.False(none.IsAllowed);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task No_limit_is_exceeded_when_many_ask_at_the_same_time(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limits = Create(connection);
        var shared = new CountedLimit(new("shared", 50, Minute), Unique.Name());
        var own = Enumerable.Range(0, 10).Select(_ => new CountedLimit(new("own", 8, Minute), Unique.Name())).ToArray();

        var acquisitions = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => limits.AcquireAsync([shared, own[i % 10]], 1, Cancellation)));

        var allowed = acquisitions.Count(acquisition => acquisition.IsAllowed);
        Assert.InRange(allowed, 1, 50);
        // What the rejected ones took for a moment is back: exactly what was allowed is used up.
        await using var rest = await limits.AcquireAsync([shared], 0, Cancellation);
        Assert.Equal(50 - allowed, rest.Decisions[0].Remaining);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Limits_of_one_caller_are_decided_in_one_step_and_never_reject_wrongly(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limits = Create(connection);
        var partition = Unique.Name();
        CountedLimit[] both =
            [new(new("second", 40, Minute, Algorithm: RateLimitAlgorithm.TokenBucket), partition), new(new("day", 30, TimeSpan.FromDays(1)), partition)];

        var acquisitions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => limits.AcquireAsync(both, 1, Cancellation)));

        Assert.Equal(30, acquisitions.Count(acquisition => acquisition.IsAllowed));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_refund_gives_back_what_was_taken_and_no_more(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        await using var limits = Create(connection);
        foreach (var algorithm in Enum.GetValues<RateLimitAlgorithm>())
        {
            CountedLimit[] limit = [new(new("refund", 5, Minute, Algorithm: algorithm), Unique.Name())];
            await using var kept = await limits.AcquireAsync(limit, 2, Cancellation);
            await using var refunded = await limits.AcquireAsync(limit, 3, Cancellation);
            await using var rejected = await limits.AcquireAsync(limit, 1, Cancellation);

            await rejected.RefundAsync();
            await refunded.RefundAsync();

            await using var left = await limits.AcquireAsync(limit, 0, Cancellation);
            Assert.Equal((algorithm, 3), (algorithm, left.Decisions[0].Remaining));
        }
    }

    [Fact]
    public async Task A_refund_after_the_window_has_ended_changes_nothing_of_the_next()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        var store = new RateLimitStore(connection);
        foreach (var algorithm in Enum.GetValues<RateLimitAlgorithm>())
        {
            CountedLimit[] limit = [new(new("late", 3, TimeSpan.FromMilliseconds(300), Algorithm: algorithm), Unique.Name())];
            var old = await store.AcquireAsync(limit, 3, Cancellation);
            RateLimitGrant? next = null;
            await TestPolling.EventuallyAsync(
                async () => (next = await store.AcquireAsync(limit, 3, Cancellation)).IsAllowed, TimeSpan.FromSeconds(5), "the window to end");

            await store.RefundAsync(old);

            var after = await store.AcquireAsync(limit, 1, Cancellation);
            var elapsed = TimeSpan.FromMicroseconds(after.TakenAt - next!.TakenAt);
            Assert.True(!after.IsAllowed || elapsed > TimeSpan.FromMilliseconds(99), $"{algorithm} gave back twice.");
        }
    }

    [Fact]
    public async Task Without_Redis_several_limits_are_all_or_nothing_too()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        await using var limits = Create(connection);
        await connection.GetDatabaseAsync(Cancellation);
        await server.StopAsync();
        CountedLimit wide = new(new("wide", 5, Minute), "one"), narrow = new(new("narrow", 2, Minute), "two");

        for (var i = 0; i < 10; i++)
            Assert.Equal(i < 2, (await limits.AcquireAsync([wide, narrow], 1, Cancellation)).IsAllowed);

        Assert.True((await limits.AcquireAsync([wide], 3, Cancellation)).IsAllowed);
        Assert.False((await limits.AcquireAsync([wide], 1, Cancellation)).IsAllowed);
    }

    private static RateLimits Create(RedisConnection connection) => new(connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
}
