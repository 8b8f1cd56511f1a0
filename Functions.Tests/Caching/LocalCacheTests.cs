using Functions.Redis.Caching;

namespace Functions.Tests.Caching;

/// <summary>The first level by itself.</summary>
public sealed class LocalCacheTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Theory, InlineData("key"), InlineData("tag"), InlineData("*"), InlineData("interruption"), InlineData("set")]
    public void A_value_that_was_asked_for_before_a_removal_and_arrives_after_it_is_not_kept(string removal)
    {
        using var local = Hearing();
        var guards = local.TakeGuards("key", ["tag"]);

        switch (removal)
        {
            case "key":
                local.RemoveKey("key");
                break;
            case "interruption":
                local.Interrupt();
                local.Hear(TimeProvider.System.GetTimestamp() + (3600 * TimeProvider.System.TimestampFrequency));
                break;
            case "set":
                local.Replace("key", token: 1);
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
        using var local = Hearing();
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
        using var local = Hearing(new() { MaximumLocalBytes = 100_000 });

        for (var i = 0; i < 200; i++)
        {
            Keep(local, $"{i}", [], bytes: 10_000);
            Assert.InRange(Enumerable.Range(0, 200).Count(key => local.TryGet<string>($"{key}", out _)), 0, 9);
        }
    }

    [Fact]
    public void Guards_do_not_pile_up()
    {
        using var local = Hearing(new() { MaximumLocalBytes = 1 });
        var first = local.TakeGuards("first", []);

        for (var i = 0; i < 5_000; i++)
            local.TakeGuards($"{i}", []);

        Assert.False(first.AreStanding); // Forgotten, so it can no longer hear of a removal.
    }

    [Fact]
    public async Task Guards_that_are_taken_while_everything_is_removed_hear_of_later_removals()
    {
        using var local = Hearing();
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

    [Fact]
    public void A_value_that_was_set_stays_until_another_set_or_removal_is_heard_of()
    {
        using var local = Hearing();
        foreach (var (name, change) in new (string, Action)[]
        {
            ("another set", () => local.Replace("key", token: 2)),
            ("removal of the key", () => local.RemoveKey("key")),
            ("removal of the tag", () => local.RemoveTag("tag")),
            ("removal of everything", () => local.RemoveTag("*")),
        })
        {
            var guards = local.TakeGuardsToSet("key", ["tag"], token: 1);
            local.Replace("key", token: 1); // Its own message may come before the answer,
            local.Set("key", new FilledValue<string>("set", default), guards, Long);
            local.Replace("key", token: 1); // or after it.
            Assert.True(local.TryGet<string>("key", out _), $"before {name}");

            change();

            Assert.False(local.TryGet<string>("key", out _), $"after {name}");
        }
    }

    [Fact]
    public void What_a_reader_found_before_a_set_does_not_replace_it()
    {
        using var local = Hearing();
        var read = local.TakeGuards("key", []);
        var set = local.TakeGuardsToSet("key", [], token: 1);
        local.Set("key", new FilledValue<string>("set", default), set, Long);
        local.Replace("key", token: 1);

        local.Set("key", new FilledValue<string>("old", default), read, Long);

        Assert.True(local.TryGet<string>("key", out var kept));
        Assert.Equal("set", kept.Filled.Value);
    }

    [Fact]
    public void Of_two_sets_at_once_none_is_kept_that_Redis_may_have_replaced()
    {
        using var local = Hearing();
        var first = local.TakeGuardsToSet("key", [], token: 1);
        var second = local.TakeGuardsToSet("key", [], token: 2);

        local.Set("key", new FilledValue<string>("second", default), second, Long);
        local.Replace("key", token: 2);
        local.Replace("key", token: 1); // Redis has taken the first one last.
        local.Set("key", new FilledValue<string>("first", default), first, Long);

        Assert.False(local.TryGet<string>("key", out _));
    }

    [Fact]
    public void Tags_that_the_value_told_are_covered_unless_one_was_removed_since_the_guards_were_taken()
    {
        using var local = Hearing();
        var guards = local.TakeGuards("key", ["tag"]);
        Assert.Same(guards, local.Cover(guards, ["tag"]));
        var covering = local.Cover(guards, ["tag", "told"])!;
        Assert.True(covering.AreStanding);

        local.RemoveTag("told");

        Assert.False(covering.AreStanding);
        Assert.True(guards.AreStanding);
        Assert.Null(local.Cover(guards, ["told"]));
    }

    private static LocalCache Hearing(CacheOptions? options = null)
    {
        var local = new LocalCache(options ?? new(), TimeProvider.System);
        local.Hear(TimeProvider.System.GetTimestamp() + (3600 * TimeProvider.System.TimestampFrequency)); // For longer than the test takes.
        return local;
    }

    private static void Keep(LocalCache local, string key, string[] tags, int bytes = 0) =>
        local.Set(key, new FilledValue<string>(key, new byte[bytes]), local.TakeGuards(key, tags), Long);
}
