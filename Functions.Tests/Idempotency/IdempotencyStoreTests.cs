using Functions.Redis.Connections;
using Functions.Redis.Idempotency;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Functions.Tests.Idempotency;

public sealed class IdempotencyStoreTests(RedisServers servers)
{
    private static readonly byte[] Body = [0, 1, 255, 13, 10];
    private static readonly byte[] OtherBody = [0, 1, 255, 13, 11];
    private static readonly byte[] Answer = [1, 0, 200, 255, 0];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, ClassData<AnyRedis>]
    public async Task A_repeated_request_gets_the_first_answer(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var key = Unique.Name();

        var claim = await store.BeginAsync(key, [Body], Cancellation);
        var meanwhile = await store.BeginAsync(key, [Body], Cancellation);
        await claim.Attempt!.CompleteAsync(Answer);
        var afterwards = await store.BeginAsync(key, [Body], Cancellation);

        Assert.Equal(IdempotencyState.Claimed, claim.State);
        Assert.Equal(IdempotencyState.Running, meanwhile.State);
        Assert.InRange(meanwhile.EndsWithin, TimeSpan.FromMilliseconds(1), IdempotencyStore.LeaseDuration);
        Assert.Equal(IdempotencyState.Answered, afterwards.State);
        Assert.Equal(Answer, afterwards.Answer.ToArray());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Another_request_with_the_same_key_is_told_so(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var key = Unique.Name();
        var claim = await store.BeginAsync(key, [Body], Cancellation);

        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(key, [OtherBody], Cancellation)).State);
        await claim.Attempt!.CompleteAsync(Answer);
        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(key, [OtherBody], Cancellation)).State);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_failed_request_gives_its_key_free(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var key = Unique.Name();
        var failed = await store.BeginAsync(key, [Body], Cancellation);

        await failed.Attempt!.CompleteAsync(default);
        var second = await store.BeginAsync(key, [Body], Cancellation);
        await failed.Attempt!.CompleteAsync(Answer);

        Assert.Equal(IdempotencyState.Claimed, second.State);
        Assert.Equal(IdempotencyState.Running, (await store.BeginAsync(key, [Body], Cancellation)).State); // The first had lost its claim.
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_claim_without_an_answer_expires_and_an_answer_later(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var key = Unique.Name();
        var record = IdempotencyStore.KeyOf(key);

        await store.BeginAsync(key, [Body], Cancellation);
        Assert.InRange((await database.KeyTimeToLiveAsync(record))!.Value, IdempotencyStore.LeaseDuration * 0.9, IdempotencyStore.LeaseDuration);
        await database.KeyExpireAsync(record, TimeSpan.FromMilliseconds(50)); // Time passes.

        var next = default(IdempotencyClaim);
        await TestPolling.EventuallyAsync(
            async () => (next = await store.BeginAsync(key, [Body], Cancellation)).State == IdempotencyState.Claimed, TimeSpan.FromSeconds(5), "the claim to expire");
        await next.Attempt!.CompleteAsync(Answer);
        Assert.InRange((await database.KeyTimeToLiveAsync(record))!.Value, TimeSpan.FromHours(23.9), IdempotencyStore.Retention);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Of_concurrent_claims_exactly_one_is_granted(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        IdempotencyStore[] stores = [CreateStore(one), CreateStore(two)];
        for (var round = 0; round < 50; round++)
        {
            var key = Unique.Name();

            var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => stores[i % 2].BeginAsync(key, [Body], Cancellation)));

            Assert.Single(claims, claim => claim.State == IdempotencyState.Claimed);
            Assert.Equal(19, claims.Count(claim => claim.State == IdempotencyState.Running));
        }
    }

    [Fact]
    public async Task Without_Redis_nothing_is_claimed()
    {
        await using var server = await RedisServers.StartNewAsync(RedisKind.Garnet);
        await using var connection = server.CreateConnection();
        await server.StopAsync();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => CreateStore(connection).BeginAsync("key", [Body], Cancellation));

        Assert.True(RedisFailure.IsOutage(failure));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_request_is_recognized_by_any_of_its_fingerprints_and_kept_under_the_first(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var (key, later) = (Unique.Name(), Unique.Name());

        var before = await store.BeginAsync(key, [Body], Cancellation);
        Assert.Equal(IdempotencyState.Running, (await store.BeginAsync(key, [OtherBody, Body], Cancellation)).State);
        await before.Attempt!.CompleteAsync(Answer);
        Assert.Equal(IdempotencyState.Answered, (await store.BeginAsync(key, [OtherBody, Body], Cancellation)).State);
        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(key, [OtherBody], Cancellation)).State);

        await (await store.BeginAsync(later, [OtherBody, Body], Cancellation)).Attempt!.CompleteAsync(Answer);
        Assert.Equal(IdempotencyState.Answered, (await store.BeginAsync(later, [OtherBody], Cancellation)).State);
        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(later, [Body], Cancellation)).State);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_request_that_runs_long_keeps_its_key(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var time = new FakeTimeProvider();
        var store = CreateStore(connection, time);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var key = Unique.Name();
        var record = IdempotencyStore.KeyOf(key);
        var claim = await store.BeginAsync(key, [Body], Cancellation);

        for (var i = 0; i < 3; i++)
        {
            // Longer than a lease, so that it shows when the lease has been set again.
            await database.KeyExpireAsync(record, TimeSpan.FromHours(1));
            time.Advance(IdempotencyStore.LeaseDuration / 2);
            await TestPolling.EventuallyAsync(
                async () => await database.KeyTimeToLiveAsync(record) <= IdempotencyStore.LeaseDuration, TimeSpan.FromSeconds(5), "the claim to be renewed");
        }

        await claim.Attempt!.CompleteAsync(Answer);
        time.Advance(IdempotencyStore.LeaseDuration);
        Assert.Equal(Answer, (await store.BeginAsync(key, [Body], Cancellation)).Answer.ToArray());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_claim_that_the_server_has_lost_is_taken_again(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var time = new FakeTimeProvider();
        var store = CreateStore(connection, time);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var key = Unique.Name();
        var claim = await store.BeginAsync(key, [Body], Cancellation);
        await database.KeyDeleteAsync(IdempotencyStore.KeyOf(key));

        time.Advance(IdempotencyStore.LeaseDuration / 2);
        await TestPolling.EventuallyAsync(() => database.KeyExistsAsync(IdempotencyStore.KeyOf(key)), TimeSpan.FromSeconds(5), "the claim to be taken again");

        Assert.Equal(IdempotencyState.Running, (await store.BeginAsync(key, [Body], Cancellation)).State);
        await claim.Attempt!.CompleteAsync(Answer);
        Assert.Equal(IdempotencyState.Answered, (await store.BeginAsync(key, [Body], Cancellation)).State);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task An_answer_whose_claim_is_gone_is_kept_and_a_failure_leaves_nothing(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = CreateStore(connection);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var (key, failed) = (Unique.Name(), Unique.Name());
        var claim = await store.BeginAsync(key, [Body], Cancellation);
        var failing = await store.BeginAsync(failed, [Body], Cancellation);
        await database.KeyDeleteAsync(IdempotencyStore.KeyOf(key));
        await database.KeyDeleteAsync(IdempotencyStore.KeyOf(failed));

        await claim.Attempt!.CompleteAsync(Answer);
        await failing.Attempt!.CompleteAsync(default);

        Assert.Equal(Answer, (await store.BeginAsync(key, [Body], Cancellation)).Answer.ToArray());
        Assert.False(await database.KeyExistsAsync(IdempotencyStore.KeyOf(failed)));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Who_has_lost_the_key_to_another_attempt_leaves_it_alone(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var time = new FakeTimeProvider();
        var database = await connection.GetDatabaseAsync(Cancellation);
        var key = Unique.Name();
        var lost = await CreateStore(connection, time).BeginAsync(key, [Body], Cancellation);
        await database.KeyDeleteAsync(IdempotencyStore.KeyOf(key));
        var store = CreateStore(connection);
        var claim = await store.BeginAsync(key, [Body], Cancellation);

        time.Advance(IdempotencyStore.LeaseDuration);
        await lost.Attempt!.CompleteAsync(new byte[] { 7 });

        Assert.Equal(IdempotencyState.Running, (await store.BeginAsync(key, [Body], Cancellation)).State);
        await claim.Attempt!.CompleteAsync(Answer);
        Assert.Equal(Answer, (await store.BeginAsync(key, [Body], Cancellation)).Answer.ToArray());
    }

    [Theory]
    [InlineData(RedisPersistence.AppendAlways)] // Comes back with the claim.
    [InlineData(RedisPersistence.None)] // Comes back empty.
    public async Task An_answer_that_Redis_could_not_take_is_kept_when_it_is_back(RedisPersistence persistence)
    {
        await using var server = await RedisProcess.StartNewAsync(persistence);
        await using var connection = server.CreateConnection();
        await using var store = CreateStore(connection);
        var claim = await store.BeginAsync("key", [Body], Cancellation);

        await server.KillAsync();
        await claim.Attempt!.CompleteAsync(Answer);
        await server.StartAsync();

        await using var elsewhere = server.CreateConnection();
        await TestPolling.EventuallyAsync(
            async () => await (await elsewhere.GetDatabaseAsync()).StringGetAsync(IdempotencyStore.KeyOf("key")) is { HasValue: true } record && ((byte[])record!)[Body.Length] == 'a',
            TimeSpan.FromSeconds(20),
            "the answer to be kept");
        Assert.Equal(Answer, (await CreateStore(elsewhere).BeginAsync("key", [Body], Cancellation)).Answer.ToArray());
    }

    [Fact]
    public async Task The_key_of_a_request_that_failed_without_Redis_is_free_when_it_is_back()
    {
        await using var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        await using var connection = server.CreateConnection();
        await using var store = CreateStore(connection);
        var claim = await store.BeginAsync("key", [Body], Cancellation);
        await StayAsync(server, "key");

        await server.KillAsync();
        await claim.Attempt!.CompleteAsync(default);
        await server.StartAsync();

        await using var elsewhere = server.CreateConnection();
        await TestPolling.EventuallyAsync(
            async () => !await (await elsewhere.GetDatabaseAsync()).KeyExistsAsync(IdempotencyStore.KeyOf("key")), TimeSpan.FromSeconds(20), "the key to be free");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_asks_for_a_key_whose_attempt_has_ended_in_this_process_does_not_wait_for_it(bool succeeded)
    {
        await using var server = await RedisProcess.StartNewAsync(RedisPersistence.AppendAlways);
        await using var connection = server.CreateConnection();
        await using var store = CreateStore(connection, new FakeTimeProvider()); // Nothing is told by itself.
        var claim = await store.BeginAsync("key", [Body], Cancellation);
        await StayAsync(server, "key");

        await server.KillAsync();
        await claim.Attempt!.CompleteAsync(succeeded ? Answer : default);
        await server.StartAsync();
        await TestPolling.EventuallyAsync(async () => await (await connection.GetDatabaseAsync()).PingAsync() > TimeSpan.Zero, TimeSpan.FromSeconds(20), "Redis to be back");
        var again = await store.BeginAsync("key", [Body], Cancellation);

        Assert.Equal(succeeded ? IdempotencyState.Answered : IdempotencyState.Claimed, again.State);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_does_not_keep_the_key_from_the_next_attempt()
    {
        await using var server = await RedisProcess.StartNewAsync();
        await using var connection = TestConnections.Create($"{server.ConnectionString},asyncTimeout=300");
        await using var store = CreateStore(connection, new FakeTimeProvider());
        await store.BeginAsync("other key", [Body], Cancellation); // The connection is there, and the script.

        await server.PauseAsync();
        await Assert.ThrowsAsync<RedisTimeoutException>(() => store.BeginAsync("key", [Body], Cancellation));
        await server.ResumeAsync();
        await TestPolling.EventuallyAsync(async () => await TryStayAsync(server, "key"), TimeSpan.FromSeconds(5), "the claim to be made after all");
        var next = default(IdempotencyClaim);
        await TestPolling.EventuallyAsync(
            async () => (next = await store.BeginAsync("key", [Body], Cancellation)).State != IdempotencyState.Running, TimeSpan.FromSeconds(10), "Redis to be used again");

        Assert.Equal(IdempotencyState.Claimed, next.State);
    }

    private static IdempotencyStore CreateStore(RedisConnection connection, TimeProvider? time = null) =>
        new(connection, time ?? TimeProvider.System, NullLogger<IdempotencyStore>.Instance);

    // Takes a claim's end away, so that it is not its end which gives the key free.
    private static async Task StayAsync(RedisProcess server, string key) => Assert.True(await TryStayAsync(server, key));

    private static async Task<bool> TryStayAsync(RedisProcess server, string key) =>
        await server.CallAsync("PEXPIRE", (string)IdempotencyStore.KeyOf(key)!, "600000") is 1L;
}
