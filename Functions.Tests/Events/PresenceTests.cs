using Functions.Redis.Events;
using Functions.Tests.Servers;

namespace Functions.Tests.Events;

/// <summary>Who is online, whatever instances do.</summary>
public sealed class PresenceTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Since = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);

    private readonly string _prefix = $"{Unique.Name("events")}:";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_user_comes_with_the_first_instance_and_goes_with_the_last(RedisKind kind)
    {
        await using var first = await StartAsync(kind);
        await using var second = await StartAsync(kind);

        Assert.True(await first.Presence.ArriveAsync(5, Token));
        Assert.False(await first.Presence.ArriveAsync(5, Token));
        Assert.False(await second.Presence.ArriveAsync(5, Token));
        await first.Presence.SetOnlineAsync(5, Since, Token);
        Assert.Equal([(5, Since)], await second.Presence.ListAsync(Token));

        Assert.False(await first.Presence.LeaveAsync(5, Token));
        await first.Presence.SetOfflineAsync(5, Token);
        Assert.Equal([(5, Since)], await second.Presence.ListAsync(Token));

        Assert.True(await second.Presence.LeaveAsync(5, Token));
        await first.Presence.SetOfflineAsync(5, Token);
        Assert.Empty(await second.Presence.ListAsync(Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_users_of_an_instance_that_crashed_go_offline_and_are_reported_once(RedisKind kind)
    {
        await using var crashed = await StartAsync(kind, TimeSpan.FromMilliseconds(600));
        await using var alive = await StartAsync(kind, TimeSpan.FromSeconds(30));
        await crashed.Presence.ArriveAsync(5, Token);
        await crashed.Presence.SetOnlineAsync(5, Since, Token);
        await alive.Presence.ArriveAsync(6, Token);
        await alive.Presence.SetOnlineAsync(6, Since, Token);

        await TestPolling.EventuallyAsync(async () => (await alive.Presence.ListAsync(Token)).Count == 1, Deadline, "the user of the crashed instance to be offline");

        Assert.Equal([(6, Since)], await alive.Presence.ListAsync(Token));
        Assert.Equal([5], await alive.Presence.ExpireAsync(Token));
        Assert.Empty(await alive.Presence.ExpireAsync(Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_is_here_and_not_on_the_list_is_told_again(RedisKind kind)
    {
        await using var instance = await StartAsync(kind);
        Assert.True(await instance.Presence.ArriveAsync(5, Token)); // And what should follow is lost.

        Assert.True(await instance.Presence.StayAsync(5, Token));
        await instance.Presence.SetOnlineAsync(5, Since, Token);

        Assert.False(await instance.Presence.StayAsync(5, Token));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_sign_of_life_keeps_a_user_online(RedisKind kind)
    {
        await using var instance = await StartAsync(kind, TimeSpan.FromSeconds(1));
        await instance.Presence.ArriveAsync(5, Token);
        await instance.Presence.SetOnlineAsync(5, Since, Token);

        var until = DateTime.UtcNow.AddSeconds(2);
        while (DateTime.UtcNow < until)
        {
            await instance.Presence.ArriveAsync(5, Token);
            Assert.Single(await instance.Presence.ListAsync(Token));
            await Task.Delay(50, Token);
        }
    }

    private async Task<EventInstance> StartAsync(RedisKind kind, TimeSpan? lifetime = null) => await EventInstance.StartAsync(
        await servers.GetAsync(kind), _prefix, null, options => options.PresenceLifetime = lifetime ?? options.PresenceLifetime);
}
