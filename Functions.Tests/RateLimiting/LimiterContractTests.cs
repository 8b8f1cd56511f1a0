using System.Threading.RateLimiting;
using Functions.Redis.Connections;
using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Functions.Tests.RateLimiting;

/// <summary>What .NET's own limiters promise and callers of <see cref="RateLimiter"/> rely on, of all of ours.</summary>
public sealed class LimiterContractTests(RedisServers servers) : IAsyncLifetime
{
    private const int Limit = 3;

    private RedisConnection _connection = null!;
    private RateLimits _limits = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<RateLimitAlgorithm, bool> Limiters() =>
    [
        .. from algorithm in Enum.GetValues<RateLimitAlgorithm>()
           from byPolicy in new[] { false, true }
           select new TheoryDataRow<RateLimitAlgorithm, bool>(algorithm, byPolicy),
    ];

    public async ValueTask InitializeAsync()
    {
        _connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        _limits = new RateLimits(_connection, TimeProvider.System, NullLogger<RateLimits>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _limits.DisposeAsync();
        await _connection.DisposeAsync();
    }

    [Theory, MemberData(nameof(Limiters))]
    public async Task More_permits_than_the_limit_and_fewer_than_none_are_out_of_range(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        await using var limiter = Create(algorithm, byPolicy);
        foreach (var permits in new[] { Limit + 1, int.MaxValue, -1, int.MinValue })
        {
            Assert.Equal("permitCount", Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire(permits)).ParamName);
            Assert.Equal("permitCount", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => limiter.AcquireAsync(permits, Cancellation).AsTask())).ParamName);
        }

        using var all = await limiter.AcquireAsync(Limit, Cancellation);
        Assert.True(all.IsAcquired);
    }

    [Theory, MemberData(nameof(Limiters))]
    public async Task A_disposed_limiter_says_so(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        foreach (var asynchronously in new[] { true, false })
        {
            var limiter = Create(algorithm, byPolicy);
            using var before = await limiter.AcquireAsync(1, Cancellation);
            if (asynchronously)
                await limiter.DisposeAsync();
            else
                limiter.Dispose();
            limiter.Dispose();

            Assert.Throws<ObjectDisposedException>(() => limiter.AttemptAcquire());
            await Assert.ThrowsAsync<ObjectDisposedException>(() => limiter.AcquireAsync(1, Cancellation).AsTask());
            Assert.Throws<ObjectDisposedException>(() => limiter.GetStatistics());
            Assert.True(before.IsAcquired);
        }
    }

    [Theory, MemberData(nameof(Limiters))]
    public async Task Statistics_count_leases_and_know_what_is_left(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        await using var limiter = Create(algorithm, byPolicy);
        Assert.Equal((Limit, 0, 0, 0), Of(limiter.GetStatistics()));

        using var two = await limiter.AcquireAsync(2, Cancellation);
        Assert.Equal((1, 0, 1, 0), Of(limiter.GetStatistics()));

        using var rejected = await limiter.AcquireAsync(2, Cancellation);
        Assert.Equal((1, 0, 1, 1), Of(limiter.GetStatistics()));

        static (long, long, long, long) Of(RateLimiterStatistics? statistics) =>
            (statistics!.CurrentAvailablePermits, statistics.CurrentQueuedCount, statistics.TotalSuccessfulLeases, statistics.TotalFailedLeases);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_limiter_is_not_idle_while_permits_are_held(bool byPolicy)
    {
        await using var limiter = Create(RateLimitAlgorithm.Concurrency, byPolicy);
        Assert.NotNull(limiter.IdleDuration);

        var (one, other) = (await limiter.AcquireAsync(1, Cancellation), await limiter.AcquireAsync(1, Cancellation));
        Assert.Null(limiter.IdleDuration);

        one.Dispose();
        one.Dispose();
        Assert.Null(limiter.IdleDuration);

        other.Dispose();
        Assert.NotNull(limiter.IdleDuration);
    }

    [Theory, MemberData(nameof(Limiters))]
    public async Task A_rejection_says_why_and_when_to_retry(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        await using var limiter = Create(algorithm, byPolicy);
        using var all = await limiter.AcquireAsync(Limit, Cancellation);
        using var rejected = await limiter.AcquireAsync(1, Cancellation);

        Assert.False(rejected.IsAcquired);
        Assert.True(rejected.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
        Assert.Contains("3", reason, StringComparison.Ordinal);
        Assert.True(rejected.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(rejected.MetadataNames.Order(), rejected.GetAllMetadata().Select(pair => pair.Key).Order());
        Assert.False(all.TryGetMetadata(MetadataName.ReasonPhrase, out _));
    }

    [Theory, MemberData(nameof(Limiters))]
    public async Task A_cancelled_request_takes_nothing(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        await using var limiter = Create(algorithm, byPolicy);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => limiter.AcquireAsync(Limit, new CancellationToken(canceled: true)).AsTask());

        using var all = await limiter.AcquireAsync(Limit, Cancellation);
        Assert.True(all.IsAcquired);
    }

    [Fact]
    public async Task Several_limits_refuse_more_permits_than_the_least_of_them()
    {
        var partition = Unique.Name();
        CountedLimit[] limits = [new(new("wide", 10, TimeSpan.FromMinutes(1)), partition), new(new("narrow", Limit, TimeSpan.FromMinutes(1)), partition)];

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _limits.AcquireAsync(limits, Limit + 1, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _limits.AcquireAsync(limits, -1, Cancellation));

        await using var acquisition = await _limits.AcquireAsync(limits, Limit, Cancellation);
        Assert.True(acquisition.IsAllowed);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        var policy = new RateLimitPolicy("checked", Limit, TimeSpan.FromMinutes(1));
        Func<RedisConnection, RateLimitPolicy, string, RateLimiter>[] constructors =
        [
            (connection, limit, partition) => new RedisSlidingWindowRateLimiter(connection, limit, partition),
            (connection, limit, partition) => new RedisTokenBucketRateLimiter(connection, limit, partition),
            (connection, limit, partition) => new RedisFixedWindowRateLimiter(connection, limit, partition),
            (connection, limit, partition) => new RedisConcurrencyRateLimiter(connection, limit, partition),
        ];
        foreach (var create in constructors)
        {
            Assert.Equal("connection", Assert.Throws<ArgumentNullException>(() => create(null!, policy, "a")).ParamName);
            Assert.Equal("policy", Assert.Throws<ArgumentNullException>(() => create(_connection, null!, "a")).ParamName);
            Assert.Equal("partition", Assert.Throws<ArgumentNullException>(() => create(_connection, policy, null!)).ParamName);
            Assert.Throws<ArgumentOutOfRangeException>(() => create(_connection, policy with { Limit = 0 }, "a"));
            Assert.Throws<ArgumentOutOfRangeException>(() => create(_connection, policy with { Window = TimeSpan.Zero }, "a"));
        }

        Assert.Throws<ArgumentNullException>(() => _limits.CreateLimiter(null!, "a"));
        Assert.Throws<ArgumentNullException>(() => _limits.CreateLimiter(policy, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => _limits.CreateLimiter(policy with { Limit = 0 }, "a"));
        Assert.Throws<ArgumentNullException>(() => _limits.CreatePartitioned<string>(null!, name => name));
        Assert.Throws<ArgumentOutOfRangeException>(() => _limits.CreatePartitioned<string>(policy with { Limit = 0 }, name => name));
    }

    private RateLimiter Create(RateLimitAlgorithm algorithm, bool byPolicy)
    {
        var policy = new RateLimitPolicy("contract", Limit, TimeSpan.FromMinutes(1), Algorithm: algorithm);
        var partition = Unique.Name();
        return (byPolicy, algorithm) switch
        {
            (true, _) => _limits.CreateLimiter(policy, partition),
            (_, RateLimitAlgorithm.SlidingWindow) => new RedisSlidingWindowRateLimiter(_connection, policy, partition),
            (_, RateLimitAlgorithm.TokenBucket) => new RedisTokenBucketRateLimiter(_connection, policy, partition),
            (_, RateLimitAlgorithm.FixedWindow) => new RedisFixedWindowRateLimiter(_connection, policy, partition),
            _ => new RedisConcurrencyRateLimiter(_connection, policy, partition),
        };
    }
}
