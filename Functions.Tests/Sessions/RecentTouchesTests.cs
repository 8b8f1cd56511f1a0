using Functions.Redis.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Sessions;

public sealed class RecentTouchesTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0), InlineData(1), InlineData(29), InlineData(30), InlineData(45), InlineData(59)]
    public void A_session_is_remembered_for_half_an_interval_and_never_for_a_whole_one(int addedAt)
    {
        var touches = new RecentTouches(Interval, _time);
        _time.Advance(TimeSpan.FromSeconds(addedAt));
        touches.Add("session");

        for (var age = 0; age < 90; age++)
        {
            if (age < 30)
            {
                Assert.True(touches.Contains("session"), $"{age} s");
            }
            else if (age >= 60)
            {
                Assert.False(touches.Contains("session"), $"{age} s");
            }

            Assert.False(touches.Contains("another"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Theory]
    [InlineData(31, 29), InlineData(45, 14), InlineData(59, 29), InlineData(59, 2)]
    public void However_seldom_it_is_asked_it_remembers_nobody_for_a_whole_interval(int firstAsked, int later)
    {
        var touches = new RecentTouches(Interval, _time);
        touches.Add("session");

        _time.Advance(TimeSpan.FromSeconds(firstAsked));
        Assert.True(touches.Contains("session"));
        _time.Advance(TimeSpan.FromSeconds(later));

        Assert.Equal(firstAsked + later < Interval.TotalSeconds, touches.Contains("session"));
    }

    [Fact]
    public void After_a_pause_nothing_is_remembered()
    {
        var touches = new RecentTouches(Interval, _time);
        touches.Add("session");

        _time.Advance(Interval);

        Assert.False(touches.Contains("session"));
    }

    [Fact]
    public void Without_an_interval_nothing_is_remembered()
    {
        var touches = new RecentTouches(TimeSpan.Zero, _time);

        touches.Add("session");

        Assert.False(touches.Contains("session"));
    }

    [Fact]
    public void However_many_sessions_there_are_it_stays_small()
    {
        var touches = new RecentTouches(Interval, _time);
        for (var i = 0; i < 100_000; i++)
            touches.Add($"{i}");

        Assert.Equal(20_000, Enumerable.Range(0, 100_000).Count(i => touches.Contains($"{i}")));
    }
}
