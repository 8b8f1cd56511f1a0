using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Sessions;

/// <summary>A session gets a new token.</summary>
public sealed class SessionRenewalTests(RedisServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task The_new_token_opens_the_same_session_and_the_old_one_nothing(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = Options();
        var store = new SessionStore(connection, options);
        var first = await store.CreateAsync("user", new Dictionary<string, string> { ["ip"] = "::1" }, TimeSpan.FromHours(2), Cancellation);
        var second = await store.CreateAsync("user", cancellationToken: Cancellation);
        var session = (await store.UpdateDataAsync(first.Session, data => data.Set("cart", 5), Cancellation))!;

        var renewed = (await store.RenewAsync(session, Cancellation))!;
        var read = await store.AuthenticateAsync(renewed.Token, Cancellation);

        Assert.Null(await store.AuthenticateAsync(first.Token, Cancellation));
        Assert.Equal(("user", "::1", 5), (read!.UserId, read.Metadata["ip"], read.Data.Get<int>("cart")));
        Assert.Equal((first.Session.CreatedAt, first.Session.ExpiresAt), (read.CreatedAt, read.ExpiresAt));
        Assert.Equal(first.Session.CreatedAt + TimeSpan.FromHours(2), read.ExpiresAt);
        Assert.Equal([second.Session.Id, renewed.Session.Id], (await store.ListAsync("user", Cancellation)).Select(open => open.Id));
        Assert.Equal(3, (await server.FindKeysAsync(options.KeyPrefix)).Count);
        Assert.InRange((await (await connection.GetDatabaseAsync(Cancellation)).KeyTimeToLiveAsync(options.KeyPrefix + read.Id))!.Value, TimeSpan.FromMinutes(119), TimeSpan.FromHours(2));
        Assert.Equal(2, await store.CloseAllAsync("user", cancellationToken: Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_closed_session_is_not_renewed(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = Options();
        var store = new SessionStore(connection, options);
        var created = await store.CreateAsync("user", cancellationToken: Cancellation);
        await store.CloseAsync(created.Session, Cancellation);

        Assert.Null(await store.RenewAsync(created.Session, Cancellation));
        Assert.Empty(await server.FindKeysAsync(options.KeyPrefix));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Closing_everything_at_the_same_moment_closes_the_renewed_session_too(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        var options = Options();
        var (renewing, closing) = (new SessionStore(one, options), new SessionStore(two, options));
        var (renewals, refusals) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            for (var round = 0; round < 50; round++)
            {
                var user = $"user{i}";
                var created = await renewing.CreateAsync(user, cancellationToken: Cancellation);
                var renewal = renewing.RenewAsync(created.Session, Cancellation);
                Assert.InRange(await closing.CloseAllAsync(user, cancellationToken: Cancellation), 0, 2);
                var renewed = await renewal;

                Assert.Null(await renewing.AuthenticateAsync(created.Token, Cancellation));
                if (renewed is not null)
                    Assert.Null(await closing.AuthenticateAsync(renewed.Token, Cancellation));
                Interlocked.Increment(ref renewed is null ? ref refusals : ref renewals);
            }
        }, Cancellation)));

        TestContext.Current.TestOutputHelper!.WriteLine($"renewed {renewals}, refused {refusals}");
        Assert.DoesNotContain(await server.FindKeysAsync(options.KeyPrefix), key => !key.ToString().Contains("user:", StringComparison.Ordinal));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Data_that_change_during_the_renewal_are_not_lost(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new SessionStore(connection, Options());
        for (var round = 0; round < 50; round++)
        {
            var created = await store.CreateAsync("user", cancellationToken: Cancellation);
            var writing = Task.Run(async () =>
            {
                var written = 0;
                for (var session = created.Session; session is not null; written++)
                    session = await store.UpdateDataAsync(session, data => data.Set("n", data.Get<int>("n") + 1), Cancellation);
                return written - 1;
            }, Cancellation);

            var renewed = await store.RenewAsync(created.Session, Cancellation);

            Assert.Equal(await writing, renewed!.Session.Data.Get<int>("n"));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Of_two_renewals_at_the_same_time_one_wins(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new SessionStore(connection, Options());
        for (var round = 0; round < 50; round++)
        {
            var created = await store.CreateAsync("user", cancellationToken: Cancellation);
            var renewed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.RenewAsync(created.Session, Cancellation)));

            var winner = Assert.Single(renewed.OfType<NewSession>());
            Assert.Equal(winner.Session.Id, Assert.Single(await store.ListAsync("user", Cancellation)).Id);
            await store.CloseAllAsync("user", cancellationToken: Cancellation);
        }
    }

    private static SessionOptions Options() => new() { KeyPrefix = $"{Unique.Name("session")}:" };
}
