using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Sessions;

/// <summary>How many sessions a user may have, and how they are listed.</summary>
public sealed class SessionLimitTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task However_many_log_in_at_the_same_time_on_several_instances_the_newest_stay_open_and_no_other(RedisKind kind)
    {
        const int maximum = 20, logins = 1000;
        var server = await servers.GetAsync(kind);
        var options = Options(maximum);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        await using var three = server.CreateConnection();
        SessionStore[] instances = [new(one, options), new(two, options), new(three, options)];

        var created = await Task.WhenAll(Enumerable.Range(0, logins).Select(i => instances[i % 3].CreateAsync("user", cancellationToken: Cancellation)));

        var open = await instances[0].ListAsync("user", Cancellation);
        Assert.Equal(maximum, open.Count);
        Assert.Equal(maximum + 1, (await server.FindKeysAsync(options.KeyPrefix)).Count);
        var listed = open.Select(session => session.Id).ToHashSet();
        foreach (var login in created)
            Assert.Equal(listed.Contains(login.Session.Id), await instances[1].AuthenticateAsync(login.Token, Cancellation) is not null);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_oldest_session_is_closed_by_one_too_many_and_those_of_others_stay(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new SessionStore(connection, Options(3));
        var other = await store.CreateAsync("other", cancellationToken: Cancellation);
        var created = await CreateAsync(store, 5);

        Assert.Equal(created.TakeLast(3).Reverse().Select(login => login.Session.Id), (await store.ListAsync("user", Cancellation)).Select(session => session.Id));
        Assert.Null(await store.AuthenticateAsync(created[1].Token, Cancellation));
        Assert.NotNull(await store.AuthenticateAsync(created[2].Token, Cancellation));
        Assert.NotNull(await store.AuthenticateAsync(other.Token, Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task What_has_ended_by_itself_does_not_push_out_what_is_open(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var options = Options(30);
        var store = new SessionStore(connection, options);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var created = await CreateAsync(store, 30);
        foreach (var ended in created.Skip(15).Take(10))
            await database.KeyDeleteAsync(options.KeyPrefix + ended.Session.Id);

        var more = await CreateAsync(store, 10);

        Assert.Equal(30, (await store.ListAsync("user", Cancellation)).Count);
        Assert.NotNull(await store.AuthenticateAsync(created[0].Token, Cancellation));
        Assert.All(more, login => Assert.Contains(login.Session.Id, store.ListAsync("user", Cancellation).Result.Select(session => session.Id)));
        await CreateAsync(store, 1);
        Assert.Null(await store.AuthenticateAsync(created[0].Token, Cancellation));
    }

    [Fact]
    public async Task A_lowered_number_is_reached_by_and_by()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        var options = Options(60);
        await CreateAsync(new SessionStore(connection, options), 60);
        options.MaximumPerUser = 5;
        var store = new SessionStore(connection, options);

        await CreateAsync(store, 8);

        Assert.Equal(5, (await store.ListAsync("user", Cancellation)).Count);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Pages_show_every_session_once_whoever_logs_in_or_out_meanwhile(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new SessionStore(connection, Options(200));
        var created = await Task.WhenAll(Enumerable.Range(0, 130).Select(_ => store.CreateAsync("user", cancellationToken: Cancellation)));
        var listed = new List<ListedSession>();
        for (var i = 0; listed.Count == i * 13; i++)
        {
            var page = await store.ListAsync("user", 13, listed.Count == 0 ? null : listed[^1].Position, Cancellation);
            listed.AddRange(page);
            await store.CreateAsync("user", cancellationToken: Cancellation);
            if (page.Count > 0)
                await store.CloseAsync(page[0].Session, Cancellation);
            if (page.Count < 13)
                break;
        }

        Assert.Equal(created.Select(login => login.Session.Id).Order(), listed.Select(item => item.Session.Id).Order());
        Assert.Equal(listed.OrderByDescending(item => item.Position), listed);
    }

    private static SessionOptions Options(int maximum) => new() { KeyPrefix = $"{Unique.Name("session")}:", MaximumPerUser = maximum };

    private static async Task<List<NewSession>> CreateAsync(SessionStore store, int count)
    {
        var created = new List<NewSession>();
        for (var i = 0; i < count; i++)
            created.Add(await store.CreateAsync("user", cancellationToken: Cancellation));
        return created;
    }
}
