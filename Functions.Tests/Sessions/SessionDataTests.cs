using System.Text.Json;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Sessions;

/// <summary>The data that the application keeps with a session.</summary>
public sealed class SessionDataTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task Values_come_back_with_their_types_on_any_instance(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        await using var other = server.CreateConnection();
        var (store, options) = Create(connection);
        var (token, session) = await store.CreateAsync("user", cancellationToken: Cancellation);
        var cart = new Cart([new("chair \"☕\"\n😀", 2)], 19.99m, new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));

        var changed = await store.UpdateDataAsync(session, data =>
        {
            data.Set("cart", cart);
            data.Set("visits", long.MaxValue);
            data.Set("empty", Array.Empty<int>());
        }, Cancellation);
        var read = await new SessionStore(other, options).AuthenticateAsync(token, Cancellation);

        foreach (var data in new[] { changed!.Data, read!.Data })
        {
            Assert.Equivalent(cart, data.Get<Cart>("cart"));
            Assert.Equal(long.MaxValue, data.Get<long>("visits"));
            Assert.Empty(data.Get<int[]>("empty")!);
            Assert.Equal((null, 0), (data.Get<string>("none"), data.Get<int>("none")));
            Assert.Equal(["cart", "empty", "visits"], data.Names.Order());
            Assert.Throws<JsonException>(() => data.Get<int>("cart"));
        }
        Assert.Empty(session.Data.Names);
        Assert.Equal((session.CreatedAt, session.ExpiresAt, session.UserId), (read.CreatedAt, read.ExpiresAt, read.UserId));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Concurrent_changes_on_two_instances_lose_nothing(RedisKind kind)
    {
        const int writers = 8, rounds = 25;
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        await using var other = server.CreateConnection();
        var (store, options) = Create(connection);
        var stores = new[] { store, new SessionStore(other, options) };
        var (token, session) = await store.CreateAsync("user", cancellationToken: Cancellation);

        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < rounds; round++)
            {
                // Each starts from what the session was when it was opened.
                Assert.NotNull(await stores[writer % 2].UpdateDataAsync(session, data =>
                {
                    data.Set("all", data.Get<int>("all") + 1);
                    data.Set($"writer{writer}", round);
                }, Cancellation));
            }
        }, Cancellation)));

        var read = (await store.AuthenticateAsync(token, Cancellation))!.Data;
        Assert.Equal(writers * rounds, read.Get<int>("all"));
        Assert.All(Enumerable.Range(0, writers), writer => Assert.Equal(rounds - 1, read.Get<int>($"writer{writer}")));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Data_end_with_their_session_and_never_bring_it_back(RedisKind kind)
    {
        const int rounds = 200;
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var (store, _) = Create(connection);
        for (var round = 0; round < rounds; round++)
        {
            var (token, session) = await store.CreateAsync("user", cancellationToken: Cancellation);
            var writers = Enumerable.Range(0, 3).Select(i => store.UpdateDataAsync(session, data => data.Set("n", i), Cancellation)).ToArray();
            var closed = store.CloseAsync("user", session.Id, Cancellation);
            await Task.WhenAll([.. writers, closed]);

            Assert.True(await closed);
            Assert.Null(await store.UpdateDataAsync(session, data => data.Set("late", 1), Cancellation));
            Assert.Null(await store.AuthenticateAsync(token, Cancellation));
        }
        Assert.Empty(await store.ListAsync("user", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_change_does_not_prolong_the_session(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var (store, options) = Create(connection);
        var (_, session) = await store.CreateAsync("user", cancellationToken: Cancellation);
        var database = await connection.GetDatabaseAsync(Cancellation);
        await database.KeyExpireAsync(options.KeyPrefix + session.Id, TimeSpan.FromMinutes(5));

        await store.UpdateDataAsync(session, data => data.Set("n", 1), Cancellation);

        Assert.InRange((await database.KeyTimeToLiveAsync(options.KeyPrefix + session.Id))!.Value, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Four_kilobytes_fit_and_more_is_refused_and_leaves_the_data_as_they_were()
    {
        await using var connection = (await servers.GetAsync(RedisKind.Garnet)).CreateConnection();
        var (store, _) = Create(connection);
        var (token, session) = await store.CreateAsync("user", cancellationToken: Cancellation);
        var most = SessionData.MaximumBytes - """{"n":""}""".Length;

        var full = await store.UpdateDataAsync(session, data => data.Set("n", new string('x', most)), Cancellation);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => store.UpdateDataAsync(full!, data => data.Set("n", new string('y', most + 1)), Cancellation));

        Assert.Equal("The data of a session may have 4096 bytes at most; these have 4097.", error.Message);
        Assert.Equal(new string('x', most), (await store.AuthenticateAsync(token, Cancellation))!.Data.Get<string>("n"));
        var emptied = await store.UpdateDataAsync(full!, data => data.Remove("n"), Cancellation);
        Assert.Empty(emptied!.Data.Names);
    }

    private static (SessionStore Store, SessionOptions Options) Create(RedisConnection connection)
    {
        var options = new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:", TouchInterval = TimeSpan.Zero };
        return (new SessionStore(connection, options), options);
    }

    private sealed record Cart(Item[] Items, decimal Total, DateTimeOffset At);

    private sealed record Item(string Name, int Count);
}
