using Functions.Redis.Backoff;
using Functions.Redis.Connections;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

namespace Functions.Tests.Backoff;

public sealed class LoginBackoffTests(RedisServers servers)
{
    private const string Account = "ada@example.com";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task After_some_failures_an_account_waits_and_each_further_failure_doubles_the_wait(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = new LoginBackoffOptions { FreeFailures = 3, FirstWait = TimeSpan.FromMinutes(1) };
        var backoff = Create(connection, options);
        for (var i = 0; i < 3; i++)
            Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, $"address{i}", Cancellation));
        var database = await connection.GetDatabaseAsync(Cancellation);
        var state = Assert.Single(await server.FindKeysAsync(options.KeyPrefix));

        for (var beyond = 0; beyond < 3; beyond++)
        {
            var wait = options.FirstWait * (1 << beyond);
            Assert.InRange(await backoff.AttemptAsync(Account, "attacker", Cancellation), wait - TimeSpan.FromSeconds(5), wait);
            Assert.StartsWith($"{3 + beyond} ", (string?)await database.StringGetAsync(state));

            await database.StringSetAsync(state, $"{3 + beyond} 0", options.Memory); // The wait is over.
            Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, "attacker", Cancellation));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Attempts_at_the_same_time_are_all_counted(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 20 });

        var waits = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => backoff.AttemptAsync(Account, $"address{i}", Cancellation)));

        Assert.Equal(20, waits.Count(wait => wait == TimeSpan.Zero));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Attempts_that_were_withdrawn_do_not_count(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 2 });
        await backoff.SucceedAsync(Account, "home", Cancellation);
        foreach (var address in new[] { "home", "elsewhere" })
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, address, Cancellation));
                await backoff.WithdrawAsync(Account, address, Cancellation);
            }

            // Those that count do so as before.
            for (var i = 0; i < 2; i++)
                Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, address, Cancellation));
            Assert.NotEqual(TimeSpan.Zero, await backoff.AttemptAsync(Account, address, Cancellation));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task No_wait_is_longer_than_fifteen_minutes_and_refused_attempts_do_not_prolong_it(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var options = new LoginBackoffOptions { FreeFailures = 1 };
        var backoff = Create(connection, options);
        await backoff.AttemptAsync(Account, "attacker", Cancellation);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var state = Assert.Single(await (await servers.GetAsync(kind)).FindKeysAsync(options.KeyPrefix));
        await database.StringSetAsync(state, "500 0", TimeSpan.FromHours(1)); // Whoever fails day and night.

        Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, "attacker", Cancellation));
        var waits = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => backoff.AttemptAsync(Account, $"address{i}", Cancellation)));

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15)));
        Assert.StartsWith("501 ", (string?)await database.StringGetAsync(state));
        Assert.InRange((await database.KeyTimeToLiveAsync(state))!.Value, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(75));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Failures_from_elsewhere_do_not_keep_the_owner_out_of_a_known_address(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3 });
        await backoff.SucceedAsync(Account, "home", Cancellation);
        for (var i = 0; i < 10; i++)
            await backoff.AttemptAsync(Account, $"attacker{i}", Cancellation);

        Assert.NotEqual(TimeSpan.Zero, await backoff.AttemptAsync(Account, "elsewhere", Cancellation));
        Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, "home", Cancellation));

        // Where the attacker shares the address, it is limited as everywhere.
        for (var i = 0; i < 3; i++)
            await backoff.AttemptAsync(Account, "home", Cancellation);
        Assert.NotEqual(TimeSpan.Zero, await backoff.AttemptAsync(Account, "home", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_success_forgets_the_failures_and_other_accounts_have_none(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3 });
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 2; i++)
                Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, $"failing{round}{i}", Cancellation));
            await backoff.SucceedAsync(Account, $"address{round}", Cancellation);
        }

        for (var i = 0; i < 5; i++)
            await backoff.AttemptAsync("victim@example.com", $"address{i}", Cancellation);
        Assert.Equal(TimeSpan.Zero, await backoff.AttemptAsync(Account, "address9", Cancellation));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Redis_knows_neither_names_nor_addresses_and_forgets_everything_in_time(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = new LoginBackoffOptions { KnownAddresses = 3 };
        var backoff = Create(connection, options);
        for (var i = 0; i < 6; i++)
            await backoff.SucceedAsync(Account, $"203.0.113.{i}", Cancellation);
        await backoff.AttemptAsync(Account, "198.51.100.1", Cancellation);
        await backoff.SucceedAsync("eve@example.com", "203.0.113.7", Cancellation);
        await backoff.AttemptAsync("eve@example.com", "203.0.113.7", Cancellation);
        var database = await connection.GetDatabaseAsync(Cancellation);

        var keys = await server.FindKeysAsync(options.KeyPrefix);

        Assert.Equal(4, keys.Count); // Known addresses of both, failures of one, failures of the other at its known address.
        foreach (var key in keys)
        {
            Assert.NotNull(await database.KeyTimeToLiveAsync(key));
            // Names and addresses have these, digests never: three letters happen to be in some.
            Assert.DoesNotContain("@", key.ToString());
            Assert.DoesNotContain(".", key.ToString());
            Assert.DoesNotContain("example", key.ToString());
        }

        var known = await Task.WhenAll(keys
            .Where(key => key.ToString().EndsWith(":known", StringComparison.Ordinal))
            .Select(key => database.SortedSetLengthAsync(key)));
        Assert.Equal([1, 3], known.Order());
    }

    private static LoginBackoff Create(RedisConnection connection, LoginBackoffOptions options)
    {
        options.KeyPrefix = $"{Unique.Name("login")}:";
        return new LoginBackoff(connection, options);
    }
}
