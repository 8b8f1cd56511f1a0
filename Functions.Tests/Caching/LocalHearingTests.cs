using Functions.Redis.Caching;
using Microsoft.Extensions.Time.Testing;

namespace Functions.Tests.Caching;

/// <summary>How long the first level serves what may have been removed unheard; by the test's clock.</summary>
public sealed class LocalHearingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly CacheOptions _options = new();

    [Fact]
    public void While_heartbeats_come_a_value_is_served_on()
    {
        using var local = Hearing();
        Keep(local, "key");

        for (var i = 0; i < 100; i++)
        {
            _time.Advance(Second);
            local.Hear(_time.GetTimestamp());
        }

        Assert.True(Has(local, "key"));
    }

    [Fact]
    public void Without_heartbeats_a_value_is_served_for_three_intervals_from_the_last_one()
    {
        using var local = Hearing();
        _time.Advance(Second);
        Keep(local, "key");

        _time.Advance((2 * Second) - Moment);
        Assert.True(Has(local, "key"));
        _time.Advance(Moment);
        Assert.False(Has(local, "key"));
    }

    [Fact]
    public void A_heartbeat_counts_from_when_it_was_sent_and_an_older_one_takes_nothing_back()
    {
        using var local = Hearing();
        Keep(local, "key");
        var sent = _time.GetTimestamp();
        _time.Advance(2 * Second);
        local.Hear(_time.GetTimestamp());
        local.Hear(sent);

        _time.Advance((3 * Second) - Moment);
        Assert.True(Has(local, "key"));
        _time.Advance(Moment);
        Assert.False(Has(local, "key"));

        local.Hear(sent); // Late, and of no use now.
        Assert.False(Has(local, "key"));
    }

    [Theory, InlineData(null, 3), InlineData(0, 0), InlineData(2, 2), InlineData(60, 60)]
    public void After_an_interruption_a_value_is_served_as_long_as_is_allowed(int? allowed, int seconds)
    {
        _options.LocalOutageExpiration = allowed is null ? null : TimeSpan.FromSeconds(allowed.Value);
        using var local = Hearing();
        Keep(local, "key");

        Assert.True(local.Interrupt());
        Assert.False(local.Interrupt());

        Assert.Equal(seconds > 0, Has(local, "key"));
        _time.Advance((seconds * Second) - (seconds > 0 ? Moment : TimeSpan.Zero));
        Assert.Equal(seconds > 0, Has(local, "key"));
        _time.Advance(Moment);
        Assert.False(Has(local, "key"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_value_that_is_read_while_nothing_is_heard_is_served_as_long_from_then_on(bool isStart)
    {
        using var local = isStart ? New() : Hearing();
        local.Interrupt();
        _time.Advance(10 * Second);
        Keep(local, "key");

        _time.Advance((3 * Second) - Moment);
        Assert.True(Has(local, "key"));
        _time.Advance(Moment);
        Assert.False(Has(local, "key"));
    }

    [Fact]
    public void A_value_from_before_the_first_heartbeat_stays_but_not_for_longer()
    {
        using var local = New();
        Keep(local, "key");
        _time.Advance(Second);
        local.Hear(_time.GetTimestamp());

        Assert.True(Has(local, "key"));
        local.RemoveKey("key");
        Assert.False(Has(local, "key"));

        Keep(local, "key");
        _time.Advance(2 * Second);
        local.Hear(_time.GetTimestamp());
        Assert.True(Has(local, "key"));
    }

    [Fact]
    public void A_value_from_before_the_first_heartbeat_is_not_served_for_longer_because_heartbeats_come()
    {
        using var local = New();
        Keep(local, "key");
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Second);
            local.Hear(_time.GetTimestamp());
        }

        Assert.False(Has(local, "key"));
    }

    [Fact]
    public void When_heartbeats_come_again_what_was_kept_before_is_dropped()
    {
        _options.LocalOutageExpiration = TimeSpan.FromHours(1);
        using var local = Hearing();
        Keep(local, "before");
        local.Interrupt();
        Keep(local, "meanwhile");
        var guards = local.TakeGuards("late", []);
        Assert.True(Has(local, "before") && Has(local, "meanwhile"));

        local.Hear(_time.GetTimestamp());
        local.Set("late", new FilledValue<string>("late", default), guards, TimeSpan.FromHours(1));

        Assert.False(Has(local, "before") || Has(local, "meanwhile") || Has(local, "late"));
        Keep(local, "after");
        Assert.True(Has(local, "after"));
    }

    [Fact]
    public void Heartbeats_are_missed_after_three_intervals()
    {
        using var local = New();
        Assert.False(local.HasMissedHeartbeats); // None has come yet that could be missed.
        local.Hear(_time.GetTimestamp());

        _time.Advance(3 * Second);
        Assert.False(local.HasMissedHeartbeats);
        _time.Advance(Moment);
        Assert.True(local.HasMissedHeartbeats);
    }

    private LocalCache New() => new(_options, _time);

    private LocalCache Hearing()
    {
        var local = New();
        local.Hear(_time.GetTimestamp());
        return local;
    }

    private static bool Has(LocalCache local, string key) => local.TryGet<string>(key, out _);

    private static void Keep(LocalCache local, string key) =>
        local.Set(key, new FilledValue<string>(key, default), local.TakeGuards(key, []), TimeSpan.FromHours(1));
}
