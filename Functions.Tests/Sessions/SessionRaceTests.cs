using System.Globalization;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Sessions;

/// <summary>Races that only happen once in many rounds. <c>SESSION_RACE_ROUNDS</c> sets how many for every kind of server.</summary>
public sealed class SessionRaceTests(RedisServers servers)
{
    private const int Parallel = 250;
    private const string UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(RedisKind.Garnet, 100_000), InlineData(RedisKind.Single, 100_000), InlineData(RedisKind.Cluster, 20_000)]
    public async Task A_touch_never_revives_a_session_that_is_closed_at_the_same_moment(RedisKind kind, int rounds)
    {
        rounds = Rounds(rounds);
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        var options = new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:", TouchInterval = TimeSpan.Zero };
        var (closing, touching) = (new SessionStore(one, options), new SessionStore(two, options));
        var (touchedFirst, closedFirst) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(i => Task.Run(async () =>
        {
            for (var round = i; round < rounds; round += Parallel)
            {
                var user = $"user{i}";
                var (token, session) = await closing.CreateAsync(user, cancellationToken: Cancellation);
                // On two connections, so that the server may take them in either order.
                var close = closing.CloseAsync(user, session.Id, Cancellation);
                var touch = touching.AuthenticateAsync(token, Cancellation);
                Assert.True(await close);
                // After the close has been answered nothing opens the session, whatever was on its way.
                Assert.Null(await closing.AuthenticateAsync(token, Cancellation));
                var touched = await touch;
                Assert.Null(await touching.AuthenticateAsync(token, Cancellation));
                Interlocked.Increment(ref touched is null ? ref closedFirst : ref touchedFirst);
            }
        }, Cancellation)));

        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} rounds: touched first {touchedFirst}, closed first {closedFirst}");
        Assert.True(touchedFirst > 0 && closedFirst > 0 || rounds < 1000, "The race did not take place.");
        Assert.DoesNotContain(await server.FindKeysAsync(options.KeyPrefix), key => !key.ToString().Contains("user:", StringComparison.Ordinal));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Closing_everything_misses_no_session_whose_token_was_handed_out_before(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        var options = new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:" };
        var (opening, closing) = (new SessionStore(one, options), new SessionStore(two, options));
        for (var round = 0; round < 100; round++)
        {
            var user = $"user{round}";
            var handedOut = new List<string>();
            var logins = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                var (token, _) = await opening.CreateAsync(user, cancellationToken: Cancellation);
                lock (handedOut)
                    handedOut.Add(token);
                return token;
            }, Cancellation)).ToArray();
            await Task.WhenAny(logins);
            string[] before;
            lock (handedOut)
                before = [.. handedOut];

            await closing.CloseAllAsync(user, cancellationToken: Cancellation);
            foreach (var token in before)
                Assert.Null(await opening.AuthenticateAsync(token, Cancellation));

            // Whatever came later is in the index: the next time closes it.
            var all = await Task.WhenAll(logins);
            await closing.CloseAllAsync(user, cancellationToken: Cancellation);
            foreach (var token in all)
                Assert.Null(await opening.AuthenticateAsync(token, Cancellation));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Logins_at_the_same_time_open_a_session_each(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new SessionStore(connection, new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:" });

        var created = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => store.CreateAsync("user", cancellationToken: Cancellation)));

        foreach (var (token, session) in created)
            Assert.Equal(session.Id, (await store.AuthenticateAsync(token, Cancellation))?.Id);
        Assert.Equal(created.Select(login => login.Session.Id).Order(), (await store.ListAsync("user", Cancellation)).Select(session => session.Id).Order());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task At_the_edge_of_its_lifetime_a_session_ends_once_and_for_all(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = new SessionOptions
        {
            KeyPrefix = $"{Unique.Name("session")}:",
            AbsoluteLifetime = TimeSpan.FromMilliseconds(300),
            TouchInterval = TimeSpan.Zero,
        };
        var store = new SessionStore(connection, options);
        var created = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => store.CreateAsync("user", cancellationToken: Cancellation)));

        await Task.WhenAll(created.Select(async login =>
        {
            Session? last = login.Session;
            while (await store.AuthenticateAsync(login.Token, Cancellation) is { } session)
            {
                last = session;
                if (await store.UpdateDataAsync(session, data => data.Set("n", data.Get<int>("n") + 1), Cancellation) is null)
                    break;
            }

            for (var i = 0; i < 20; i++)
            {
                Assert.Null(await store.AuthenticateAsync(login.Token, Cancellation));
                Assert.Null(await store.UpdateDataAsync(last, data => data.Set("n", 0), Cancellation));
            }
        }));

        Assert.DoesNotContain(await server.FindKeysAsync(options.KeyPrefix), key => !key.ToString().Contains("user:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_with_address_and_user_agent_is_small()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Single)).CreateConnection();
        var options = new SessionOptions { KeyPrefix = "session:" };
        var store = new SessionStore(connection, options);
        var metadata = new Dictionary<string, string> { ["ip"] = "2001:db8:1234:5678:9abc:def0:1234:5678", ["user_agent"] = UserAgent };
        var (_, session) = await store.CreateAsync("4711", metadata, cancellationToken: Cancellation);

        var bytes = (long)await (await connection.GetDatabaseAsync(Cancellation)).ExecuteAsync("MEMORY", "USAGE", (StackExchange.Redis.RedisKey)$"session:{session.Id}");

        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes} bytes");
        Assert.InRange(bytes, 1, 600);
    }

    private static int Rounds(int standard) =>
        Environment.GetEnvironmentVariable("SESSION_RACE_ROUNDS") is { Length: > 0 } rounds ? int.Parse(rounds, CultureInfo.InvariantCulture) : standard;
}
