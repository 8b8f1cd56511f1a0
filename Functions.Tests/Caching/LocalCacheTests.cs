using Functions.Redis.Caching;

namespace Functions.Tests.Caching;

/// <summary>The first level by itself.</summary>
public sealed class LocalCacheTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public void It_is_off_until_it_is_switched_on_and_empty_when_it_is_again()
    {
        using var local = new LocalCache(new());
        Keep(local, "key", []);
        Assert.False(local.TryGet<string>("key", out _));

        local.IsEnabled = true;
        Keep(local, "key", []);
        Assert.True(local.TryGet<string>("key", out _));

        local.IsEnabled = false;
        Assert.False(local.TryGet<string>("key", out _));
        local.IsEnabled = true;
        Assert.False(local.TryGet<string>("key", out _));
    }

    [Theory, InlineData("key"), InlineData("tag"), InlineData("*"), InlineData("off and on")]
    public void A_value_that_was_asked_for_before_a_removal_and_arrives_after_it_is_not_kept(string removal)
    {
        using var local = new LocalCache(new()) { IsEnabled = true };
        var guards = local.TakeGuards("key", ["tag"]);

        switch (removal)
        {
            case "key":
                local.RemoveKey("key");
                break;
            case "off and on":
                local.IsEnabled = false;
                local.IsEnabled = true;
                break;
            default:
                local.RemoveTag(removal);
                break;
        }

        local.Set("key", new FilledValue<string>("old", default), guards, Long);

        Assert.False(local.TryGet<string>("key", out _));
        Keep(local, "key", ["tag"]);
        Assert.True(local.TryGet<string>("key", out _));
    }

    [Fact]
    public void A_removal_drops_what_it_names_and_nothing_else()
    {
        using var local = new LocalCache(new()) { IsEnabled = true };
        Keep(local, "a", ["red"]);
        Keep(local, "b", ["red", "blue"]);
        Keep(local, "c", ["blue"]);

        local.RemoveTag("red");
        local.RemoveKey("red");
        local.RemoveTag("c");

        Assert.Equal([false, false, true], new[] { "a", "b", "c" }.Select(key => local.TryGet<string>(key, out _)));
    }

    [Fact]
    public void It_never_holds_more_than_its_size()
    {
        using var local = new LocalCache(new() { MaximumLocalBytes = 100_000 }) { IsEnabled = true };

        for (var i = 0; i < 200; i++)
        {
            Keep(local, $"{i}", [], bytes: 10_000);
            Assert.InRange(Enumerable.Range(0, 200).Count(key => local.TryGet<string>($"{key}", out _)), 0, 9);
        }
    }

    [Fact]
    public void Guards_do_not_pile_up()
    {
        using var local = new LocalCache(new() { MaximumLocalBytes = 1 }) { IsEnabled = true };
        var first = local.TakeGuards("first", []);

        for (var i = 0; i < 5_000; i++)
            local.TakeGuards($"{i}", []);

        Assert.False(first.AreStanding); // Forgotten, so it can no longer hear of a removal.
    }

    [Fact]
    public async Task Guards_that_are_taken_while_everything_is_removed_hear_of_later_removals()
    {
        using var local = new LocalCache(new()) { IsEnabled = true };
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 20_000; i++)
                local.TakeGuards($"{i}", []);
            var taken = new List<LocalGuards>();

            var removals = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => local.RemoveTag("*"), TestContext.Current.CancellationToken)));
            while (!removals.IsCompleted)
                taken.Add(local.TakeGuards("key", ["tag"]));
            await removals;
            local.RemoveTag("tag");

            Assert.DoesNotContain(taken, guards => guards.AreStanding);
        }
    }

    private static void Keep(LocalCache local, string key, string[] tags, int bytes = 0) =>
        local.Set(key, new FilledValue<string>(key, new byte[bytes]), local.TakeGuards(key, tags), Long);
}
