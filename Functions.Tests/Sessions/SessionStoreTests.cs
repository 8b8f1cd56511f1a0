using System.Diagnostics;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Sessions;

public sealed class SessionStoreTests(RedisServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_new_session_is_opened_by_its_token_on_any_instance(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = Instance.Create(server);
        await using var two = Instance.Create(server, one.Options);

        var created = await one.Store.CreateAsync("user 1", new Dictionary<string, string> { ["agent"] = "Browser \"☕\" 😀" }, cancellationToken: Cancellation);
        var session = await two.Store.AuthenticateAsync(created.Token, Cancellation);

        Assert.NotNull(session);
        Assert.Equivalent(created.Session, session);
        Assert.Equal(("user 1", "Browser \"☕\" 😀"), (session.UserId, session.Metadata["agent"]));
        Assert.Equal(DateTimeOffset.UtcNow, session.CreatedAt, TimeSpan.FromSeconds(5));
        Assert.Equal(session.CreatedAt, session.LastActivity);
        Assert.Equal(session.CreatedAt + TimeSpan.FromDays(30), session.ExpiresAt);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Neither_handle_nor_altered_nor_foreign_tokens_open_a_session(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind));
        var (token, session) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);
        var first = token[0] == 'A' ? 'B' : 'A';

        string[] wrong = [session.Id, first + token[1..], token[1..], token + "A", token + "=", " " + token[1..], "", new('A', 43), new('é', 43), "*", token[..42] + "\n"];

        foreach (var attempt in wrong)
            Assert.Null(await instance.Store.AuthenticateAsync(attempt, Cancellation));
        Assert.NotNull(await instance.Store.AuthenticateAsync(token, Cancellation));
    }

    [Fact]
    public async Task Tokens_are_32_bytes_in_base64url_and_never_come_twice()
    {
        await using var instance = Instance.Create(await servers.GetAsync(RedisKind.Garnet));

        var created = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => instance.Store.CreateAsync("user", cancellationToken: Cancellation)));

        Assert.All(created, session => Assert.Matches("^[A-Za-z0-9_-]{43}$", session.Token));
        Assert.Equal(500, created.Select(session => session.Token).Distinct().Count());
        Assert.Equal(500, created.Select(session => session.Session.Id).Distinct().Count());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Redis_does_not_know_the_token_and_every_key_has_a_time_to_live(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var instance = Instance.Create(server);
        var tokens = new List<string>();
        for (var i = 0; i < 5; i++)
            tokens.Add((await instance.Store.CreateAsync($"user{i % 2}", cancellationToken: Cancellation)).Token);
        await instance.Store.AuthenticateAsync(tokens[0], Cancellation);

        var database = await instance.Connection.GetDatabaseAsync(Cancellation);
        var keys = await server.FindKeysAsync(instance.Options.KeyPrefix);

        Assert.Equal(5 + 2, keys.Count);
        foreach (var key in keys)
        {
            Assert.NotNull(await database.KeyTimeToLiveAsync(key));
            var content = await database.KeyTypeAsync(key) == RedisType.SortedSet
                ? string.Join(' ', await database.SortedSetRangeByRankAsync(key))
                : (string)(await database.StringGetAsync(key))!;
            Assert.All(tokens, token => Assert.DoesNotContain(token, $"{key} {content}", StringComparison.Ordinal));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_user_sees_the_own_open_sessions_the_newest_login_first(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind), new() { TouchInterval = TimeSpan.Zero });
        var created = new List<NewSession>();
        for (var i = 0; i < 3; i++)
            created.Add(await instance.Store.CreateAsync("user", new Dictionary<string, string> { ["n"] = $"{i}" }, cancellationToken: Cancellation));
        await instance.Store.CreateAsync("somebody else", cancellationToken: Cancellation);

        await instance.Store.AuthenticateAsync(created[1].Token, Cancellation);
        var listed = await instance.Store.ListAsync("user", Cancellation);

        Assert.Equal(["2", "1", "0"], listed.Select(session => session.Metadata["n"]));
        Assert.Empty(await instance.Store.ListAsync("nobody", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_that_is_shown_is_closed_although_the_index_has_lost_it(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var instance = Instance.Create(server);
        var user = Unique.Name();
        var created = await instance.Store.CreateAsync(user, cancellationToken: Cancellation);
        await using (var redis = await server.ConnectAsync())
            await redis.GetDatabase().KeyDeleteAsync([.. await server.FindKeysAsync($"user:{user}")]);

        await instance.Store.CloseAsync(created.Session, Cancellation);

        Assert.Null(await instance.Store.AuthenticateAsync(created.Token, Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_is_closed_by_its_handle_and_by_its_own_user_only(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind));
        var mine = await instance.Store.CreateAsync("me", cancellationToken: Cancellation);
        var theirs = await instance.Store.CreateAsync("them", cancellationToken: Cancellation);

        Assert.False(await instance.Store.CloseAsync("me", theirs.Session.Id, Cancellation));
        Assert.False(await instance.Store.CloseAsync("me", "user:me", Cancellation));
        Assert.False(await instance.Store.CloseAsync("me", mine.Token, Cancellation));
        Assert.True(await instance.Store.CloseAsync("me", mine.Session.Id, Cancellation));
        Assert.False(await instance.Store.CloseAsync("me", mine.Session.Id, Cancellation));

        Assert.Null(await instance.Store.AuthenticateAsync(mine.Token, Cancellation));
        Assert.NotNull(await instance.Store.AuthenticateAsync(theirs.Token, Cancellation));
        Assert.Empty(await instance.Store.ListAsync("me", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task All_sessions_or_all_others_are_closed_at_once(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind));
        var created = new List<NewSession>();
        for (var i = 0; i < 25; i++)
            created.Add(await instance.Store.CreateAsync("user", cancellationToken: Cancellation));
        var other = await instance.Store.CreateAsync("other", cancellationToken: Cancellation);

        Assert.Equal(24, await instance.Store.CloseAllAsync("user", created[7].Session.Id, Cancellation));
        Assert.Equal(created[7].Session.Id, Assert.Single(await instance.Store.ListAsync("user", Cancellation)).Id);
        Assert.NotNull(await instance.Store.AuthenticateAsync(created[7].Token, Cancellation));

        Assert.Equal(1, await instance.Store.CloseAllAsync("user", cancellationToken: Cancellation));
        Assert.Equal(0, await instance.Store.CloseAllAsync("user", cancellationToken: Cancellation));
        foreach (var session in created)
            Assert.Null(await instance.Store.AuthenticateAsync(session.Token, Cancellation));
        Assert.NotNull(await instance.Store.AuthenticateAsync(other.Token, Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_closed_session_never_comes_back_however_much_it_is_used_meanwhile(RedisKind kind)
    {
        const int rounds = 150;
        var server = await servers.GetAsync(kind);
        await using var one = Instance.Create(server, new() { TouchInterval = TimeSpan.Zero });
        await using var two = Instance.Create(server, one.Options);
        for (var round = 0; round < rounds; round++)
        {
            var (token, session) = await one.Store.CreateAsync("user", cancellationToken: Cancellation);
            var closed = false;
            var users = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
            {
                for (var last = false; !last;)
                {
                    last = Volatile.Read(ref closed);
                    var found = await (i % 2 == 0 ? one : two).Store.AuthenticateAsync(token, Cancellation);
                    Assert.True(found is null || !last, $"Round {round}: the session was open after it had been closed.");
                    if (found is null)
                        break;
                }
            }, Cancellation)).ToArray();

            var wasOpen = round % 2 == 0
                ? await two.Store.CloseAsync("user", session.Id, Cancellation)
                : await two.Store.CloseAllAsync("user", cancellationToken: Cancellation) == 1;
            Volatile.Write(ref closed, true);
            await Task.WhenAll(users);

            Assert.True(wasOpen);
        }
        Assert.DoesNotContain(await server.FindKeysAsync(one.Options.KeyPrefix), key => !key.ToString().Contains("user:", StringComparison.Ordinal));
        Assert.Empty(await one.Store.ListAsync("user", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_in_use_outlives_its_idle_lifetime_and_then_ends(RedisKind kind)
    {
        var (idle, left) = (TimeSpan.FromHours(1), TimeSpan.FromSeconds(5));
        await using var instance = Instance.Create(await servers.GetAsync(kind), new() { IdleLifetime = idle });
        var (token, created) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);
        var database = await instance.Connection.GetDatabaseAsync(Cancellation);
        RedisKey key = instance.Options.KeyPrefix + created.Id;

        for (var i = 0; i < 3; i++)
        {
            await SessionTouchTests.RewriteAsync(database, key, created.CreatedAt - (idle - left), created.ExpiresAt, left);
            var store = new SessionStore(instance.Connection, instance.Options); // As in another process, which does not know that it has just been written.
            Assert.NotNull(await store.AuthenticateAsync(token, Cancellation));
            Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value, idle - TimeSpan.FromMinutes(1), idle);
        }

        await database.KeyExpireAsync(key, TimeSpan.FromMilliseconds(1)); // It ends as if nobody had used it.
        await TestPolling.EventuallyAsync(
            async () => (await instance.Store.ListAsync("user", Cancellation)).Count == 0, Deadline, "the session to end");
        Assert.Null(await instance.Store.AuthenticateAsync(token, Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_ends_at_its_absolute_lifetime_however_much_it_is_used(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind), new() { AbsoluteLifetime = TimeSpan.FromMilliseconds(500), TouchInterval = TimeSpan.Zero });
        var elapsed = Stopwatch.StartNew();
        var (token, _) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);

        await TestPolling.EventuallyAsync(
            async () => await instance.Store.AuthenticateAsync(token, Cancellation) is null, Deadline, "the session to end");

        Assert.InRange(elapsed.ElapsedMilliseconds, 490, 2_000);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Activity_is_written_at_most_once_per_interval(RedisKind kind)
    {
        var interval = TimeSpan.FromMilliseconds(150);
        await using var instance = Instance.Create(await servers.GetAsync(kind), new() { TouchInterval = interval });
        var (token, session) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);

        var written = new SortedSet<DateTimeOffset> { session.LastActivity };
        await TestPolling.EventuallyAsync(async () =>
        {
            for (var i = 0; i < 10; i++)
                written.Add((await instance.Store.AuthenticateAsync(token, Cancellation))!.LastActivity);
            return written.Count >= 4;
        }, Deadline, "three writes");

        Assert.All(written.Zip(written.Skip(1)), pair => Assert.True(pair.Second - pair.First >= interval));
    }

    [Fact]
    public async Task Within_the_interval_authentication_is_one_read_and_in_another_process_no_write_either()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Single);
        await using var instance = Instance.Create(server);
        var (token, _) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);
        await instance.Store.AuthenticateAsync(token, Cancellation);

        var counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 20; i++)
            await instance.Store.AuthenticateAsync(token, Cancellation);
        var calls = await counter.CountAsync();

        Assert.Equal([KeyValuePair.Create("get", 20L)], calls);

        await using var other = Instance.Create(server, instance.Options);
        await other.Connection.GetDatabaseAsync(Cancellation);
        counter = await CommandCounter.StartAsync(server);
        for (var i = 0; i < 20; i++)
            await other.Store.AuthenticateAsync(token, Cancellation);
        calls = await counter.CountAsync();

        // It looks once when the session was last used. Not even the clock is read.
        Assert.Equal((1, 20, 1), (calls["evalsha"], calls["get"], calls["pttl"]));
        Assert.Empty(calls.Keys.Intersect(["set", "time", "pexpire"]));
    }

    [Fact]
    public async Task The_interval_is_never_longer_than_a_twentieth_of_the_idle_lifetime()
    {
        await using var instance = Instance.Create(
            await servers.GetAsync(RedisKind.Garnet), new() { IdleLifetime = TimeSpan.FromSeconds(1), TouchInterval = TimeSpan.FromHours(1) });
        var (token, session) = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);

        await TestPolling.EventuallyAsync(
            async () => (await instance.Store.AuthenticateAsync(token, Cancellation))!.LastActivity > session.LastActivity, TimeSpan.FromMilliseconds(900), "a write");
    }

    [Theory, ClassData<AnyRedis>]
    public async Task The_index_forgets_sessions_that_ended_by_themselves(RedisKind kind)
    {
        await using var instance = Instance.Create(await servers.GetAsync(kind));
        var database = await instance.Connection.GetDatabaseAsync(Cancellation);
        var index = $"{instance.Options.KeyPrefix}user:user";
        var ended = new List<NewSession>();
        for (var i = 0; i < 5; i++)
            ended.Add(await instance.Store.CreateAsync("user", cancellationToken: Cancellation));
        foreach (var session in ended)
            Assert.True(await database.KeyDeleteAsync(instance.Options.KeyPrefix + session.Session.Id)); // As Redis does when its time is over.
        Assert.Equal(5, await database.SortedSetLengthAsync(index));

        var alive = await instance.Store.CreateAsync("user", cancellationToken: Cancellation);

        Assert.Equal([alive.Session.Id], (await database.SortedSetRangeByRankAsync(index)).Select(id => (string)id!));
    }

    [Fact]
    public async Task Long_metadata_is_cut()
    {
        await using var instance = Instance.Create(await servers.GetAsync(RedisKind.Garnet), new() { MaximumMetadataLength = 10 });
        var metadata = new Dictionary<string, string> { ["long"] = new('x', 11), ["fits"] = "0123456789", ["pair"] = "012345678😀", ["empty"] = "" };

        var (token, _) = await instance.Store.CreateAsync("user", metadata, cancellationToken: Cancellation);
        var session = await instance.Store.AuthenticateAsync(token, Cancellation);

        Assert.Equal(new('x', 10), session!.Metadata["long"]);
        Assert.Equal("0123456789", session.Metadata["fits"]);
        Assert.Equal("012345678", session.Metadata["pair"]);
        Assert.Equal("", session.Metadata["empty"]);
    }

    [Fact]
    public async Task A_cancelled_login_stores_nothing()
    {
        var server = await servers.GetAsync(RedisKind.Garnet);
        await using var instance = Instance.Create(server);
        await instance.Connection.GetDatabaseAsync(Cancellation);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            instance.Store.CreateAsync("user", cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(await server.FindKeysAsync(instance.Options.KeyPrefix));
    }

    private sealed record Instance(RedisConnection Connection, SessionStore Store, SessionOptions Options) : IAsyncDisposable
    {
        public static Instance Create(IRedisServer server, SessionOptions? options = null)
        {
            options ??= new();
            if (options.KeyPrefix == new SessionOptions().KeyPrefix)
                options.KeyPrefix = $"{Unique.Name("session")}:";
            var connection = server.CreateConnection();
            return new(connection, new SessionStore(connection, options), options);
        }

        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}
