using Functions.Redis.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Connections;

public sealed class OutageLogTests
{
    [Fact]
    public void The_first_is_told_then_one_in_ten_seconds_with_the_number_of_the_others()
    {
        var time = new FakeTimeProvider();
        var log = new OutageLog(time);

        Assert.True(log.Tells(out var untold));
        Assert.Equal(0, untold);
        for (var i = 0; i < 99; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.False(log.Tells(out _));
        }

        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(log.Tells(out untold));
        Assert.Equal(99, untold);
        Assert.False(log.Tells(out _));
    }

    [Fact]
    public async Task Of_many_at_the_same_time_one_is_told_and_all_are_counted()
    {
        var time = new FakeTimeProvider();
        var log = new OutageLog(time);

        var told = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => log.Tells(out var _))));
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Single(told, one => one);
        Assert.True(log.Tells(out var untold));
        Assert.Equal(99, untold);
    }
}
