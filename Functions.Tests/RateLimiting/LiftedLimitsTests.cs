using Functions.Redis.RateLimiting;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.RateLimiting;

public sealed class LiftedLimitsTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_lift_is_known_elsewhere_after_a_refresh_and_ends_by_itself_or_by_hand(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (here, there) = (new LiftedLimits(one, TimeProvider.System), new LiftedLimits(two, time));
        var (caller, other) = (Unique.Name("caller"), Unique.Name("caller"));

        Assert.True(await here.LiftAsync(caller, TimeSpan.FromMinutes(5), Cancellation));
        Assert.True(await here.LiftAsync(other, TimeSpan.FromMinutes(50), Cancellation));

        Assert.True(here.Contains(caller));
        Assert.False(there.Contains(caller));
        Assert.Contains(await there.RefreshAsync(Cancellation), lifted => lifted.Partition == caller);
        Assert.True(there.Contains(caller));
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.False(there.Contains(caller)); // Without asking anybody.
        Assert.True(there.Contains(other));

        Assert.True(await here.LiftAsync(other, TimeSpan.Zero, Cancellation));
        await there.RefreshAsync(Cancellation);
        Assert.False(here.Contains(other) || there.Contains(other));
    }

    [Fact]
    public async Task There_is_an_end_to_the_number_of_callers()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        var lifted = new LiftedLimits(connection, TimeProvider.System);
        for (var i = 0; i < LiftedLimits.MaximumCallers; i++)
            Assert.True(await lifted.LiftAsync($"u:{i}", TimeSpan.FromMinutes(1), Cancellation));

        Assert.False(await lifted.LiftAsync("u:one-more", TimeSpan.FromMinutes(1), Cancellation));
        Assert.True(await lifted.LiftAsync("u:0", TimeSpan.FromMinutes(2), Cancellation)); // It is one of them.
    }
}
