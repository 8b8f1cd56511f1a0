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
            Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, $"address{i}"));
        var database = await connection.GetDatabaseAsync(Cancellation);
        var state = Assert.Single(await server.FindKeysAsync(options.KeyPrefix));

        for (var beyond = 0; beyond < 3; beyond++)
        {
            var wait = options.FirstWait * (1 << beyond);
            Assert.InRange(await AttemptAsync(backoff, Account, "attacker"), wait - TimeSpan.FromSeconds(5), wait);
            Assert.StartsWith($"{3 + beyond} ", (string?)await database.StringGetAsync(state));

            await database.StringSetAsync(state, $"{3 + beyond} 0", options.Memory); // The wait is over.
            Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "attacker"));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Attempts_at_the_same_time_are_all_counted(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 20 });

        var waits = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AttemptAsync(backoff, Account, $"address{i}")));

        Assert.Equal(20, waits.Count(wait => wait == TimeSpan.Zero));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Attempts_that_were_withdrawn_do_not_count(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 2 });
        await SucceedAsync(backoff, Account, "home");
        foreach (var address in new[] { "home", "elsewhere" })
        {
            for (var i = 0; i < 10; i++)
            {
                var attempt = await backoff.AttemptAsync(Account, address, Cancellation);
                Assert.True(attempt.IsAllowed);
                await backoff.WithdrawAsync(attempt, Cancellation);
            }

            // Those that count do so as before.
            for (var i = 0; i < 2; i++)
                Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, address));
            Assert.NotEqual(TimeSpan.Zero, await AttemptAsync(backoff, Account, address));
        }
    }

    [Theory, ClassData<AnyRedis>]
    public async Task No_wait_is_longer_than_fifteen_minutes_and_refused_attempts_do_not_prolong_it(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var options = new LoginBackoffOptions { FreeFailures = 1 };
        var backoff = Create(connection, options);
        await AttemptAsync(backoff, Account, "attacker");
        var database = await connection.GetDatabaseAsync(Cancellation);
        var state = Assert.Single(await (await servers.GetAsync(kind)).FindKeysAsync(options.KeyPrefix));
        await database.StringSetAsync(state, "500 0", TimeSpan.FromHours(1)); // Whoever fails day and night.

        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "attacker"));
        var waits = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AttemptAsync(backoff, Account, $"address{i}")));

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15)));
        Assert.StartsWith("501 ", (string?)await database.StringGetAsync(state));
        Assert.InRange((await database.KeyTimeToLiveAsync(state))!.Value, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(75));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Failures_from_elsewhere_do_not_keep_the_owner_out_of_a_known_address(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3 });
        await SucceedAsync(backoff, Account, "home");
        for (var i = 0; i < 10; i++)
            await AttemptAsync(backoff, Account, $"attacker{i}");

        Assert.NotEqual(TimeSpan.Zero, await AttemptAsync(backoff, Account, "elsewhere"));
        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "home"));

        // Where the attacker shares the address, it is limited as everywhere.
        for (var i = 0; i < 3; i++)
            await AttemptAsync(backoff, Account, "home");
        Assert.NotEqual(TimeSpan.Zero, await AttemptAsync(backoff, Account, "home"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_success_forgets_the_failures_of_its_own_place_only(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3 });
        await SucceedAsync(backoff, Account, "home");

        // The owner mistypes now and then, at home and at ever new places; a stranger guesses between.
        var guesses = 0;
        for (var round = 0; round < 5; round++)
        {
            guesses += await AttemptAsync(backoff, Account, $"stranger{round}") == TimeSpan.Zero ? 1 : 0;
            Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "home"));
            Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "home"));
            await SucceedAsync(backoff, Account, "home");
        }

        Assert.Equal(3, guesses);
        Assert.NotEqual(TimeSpan.Zero, await AttemptAsync(backoff, Account, "stranger"));
        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, "other@example.com", "stranger"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_success_at_a_new_place_takes_back_its_own_attempt_and_neither_failures_nor_waits_of_others(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3, FirstWait = TimeSpan.FromMinutes(1) });
        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "stranger"));

        var attempt = await backoff.AttemptAsync(Account, "hotel", Cancellation);
        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "stranger")); // The third: whoever is next waits.
        await backoff.SucceedAsync(attempt, Cancellation);

        Assert.InRange(await AttemptAsync(backoff, Account, "stranger"), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "hotel"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Successes_at_new_places_leave_no_failure_behind(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var backoff = Create(connection, new() { FreeFailures = 3 });

        // Also those that begin together: each takes back what it has counted, where it was counted.
        for (var round = 0; round < 5; round++)
        {
            var attempts = await Task.WhenAll(backoff.AttemptAsync(Account, $"place{round}", Cancellation), backoff.AttemptAsync(Account, $"place{round}", Cancellation));
            Assert.All(attempts, attempt => Assert.True(attempt.IsAllowed));
            foreach (var attempt in attempts)
                await backoff.SucceedAsync(attempt, Cancellation);
        }

        for (var i = 0; i < 3; i++)
            Assert.Equal(TimeSpan.Zero, await AttemptAsync(backoff, Account, "stranger"));
        Assert.NotEqual(TimeSpan.Zero, await AttemptAsync(backoff, Account, "stranger"));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Redis_knows_neither_names_nor_addresses_and_forgets_everything_in_time(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var connection = server.CreateConnection();
        var options = new LoginBackoffOptions { KnownAddresses = 3 };
        var backoff = Create(connection, options);
        for (var i = 0; i < 6; i++)
            await SucceedAsync(backoff, Account, $"203.0.113.{i}");
        await AttemptAsync(backoff, Account, "198.51.100.1");
        await SucceedAsync(backoff, "eve@example.com", "203.0.113.7");
        await AttemptAsync(backoff, "eve@example.com", "203.0.113.7");
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

    private static async Task<TimeSpan> AttemptAsync(LoginBackoff backoff, string account, string address) =>
        (await backoff.AttemptAsync(account, address, Cancellation)).Wait;

    private static async Task SucceedAsync(LoginBackoff backoff, string account, string address)
    {
        var attempt = await backoff.AttemptAsync(account, address, Cancellation);
        Assert.True(attempt.IsAllowed);
        await backoff.SucceedAsync(attempt, Cancellation);
    }

    private static LoginBackoff Create(RedisConnection connection, LoginBackoffOptions options)
    {
        options.KeyPrefix = $"{Unique.Name("login")}:";
        return new LoginBackoff(connection, options);
    }
}
