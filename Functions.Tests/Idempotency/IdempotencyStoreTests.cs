using System.Text;
using Functions.Redis.Connections;
using Functions.Redis.Idempotency;
using Functions.Tests.Connections;
using Functions.Tests.Servers;

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
        var store = new IdempotencyStore(connection);
        var key = Unique.Name();

        var claim = await store.BeginAsync(key, Body, Cancellation);
        var meanwhile = await store.BeginAsync(key, Body, Cancellation);
        await store.CompleteAsync(key, claim.Token, Answer);
        var afterwards = await store.BeginAsync(key, Body, Cancellation);

        Assert.Equal(IdempotencyState.Claimed, claim.State);
        Assert.Equal(IdempotencyState.Running, meanwhile.State);
        Assert.Equal(IdempotencyState.Answered, afterwards.State);
        Assert.Equal(Answer, afterwards.Answer.ToArray());
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Another_request_with_the_same_key_is_told_so(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new IdempotencyStore(connection);
        var key = Unique.Name();
        var claim = await store.BeginAsync(key, Body, Cancellation);

        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(key, OtherBody, Cancellation)).State);
        await store.CompleteAsync(key, claim.Token, Answer);
        Assert.Equal(IdempotencyState.Different, (await store.BeginAsync(key, OtherBody, Cancellation)).State);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_failed_request_gives_its_key_free(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new IdempotencyStore(connection);
        var key = Unique.Name();
        var failed = await store.BeginAsync(key, Body, Cancellation);

        await store.CompleteAsync(key, failed.Token, default);
        var second = await store.BeginAsync(key, Body, Cancellation);
        await store.CompleteAsync(key, failed.Token, Answer);

        Assert.Equal(IdempotencyState.Claimed, second.State);
        Assert.Equal(IdempotencyState.Running, (await store.BeginAsync(key, Body, Cancellation)).State); // The first had lost its claim.
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_claim_without_an_answer_expires_and_an_answer_later(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var store = new IdempotencyStore(connection);
        var database = await connection.GetDatabaseAsync(Cancellation);
        var key = Unique.Name();
        var record = IdempotencyStore.KeyOf(key);

        await store.BeginAsync(key, Body, Cancellation);
        Assert.InRange((await database.KeyTimeToLiveAsync(record))!.Value, IdempotencyStore.ClaimDuration * 0.9, IdempotencyStore.ClaimDuration);
        await database.KeyExpireAsync(record, TimeSpan.FromMilliseconds(50)); // Five minutes pass.

        var next = default(IdempotencyClaim);
        await TestPolling.EventuallyAsync(
            async () => (next = await store.BeginAsync(key, Body, Cancellation)).State == IdempotencyState.Claimed, TimeSpan.FromSeconds(5), "the claim to expire");
        await store.CompleteAsync(key, next.Token, Answer);
        Assert.InRange((await database.KeyTimeToLiveAsync(record))!.Value, TimeSpan.FromHours(23.9), IdempotencyStore.Retention);
    }

    [Theory, ClassData<AnyRedis>]
    public async Task Of_concurrent_claims_exactly_one_is_granted(RedisKind kind)
    {
        var server = await servers.GetAsync(kind);
        await using var one = server.CreateConnection();
        await using var two = server.CreateConnection();
        IdempotencyStore[] stores = [new(one), new(two)];
        for (var round = 0; round < 50; round++)
        {
            var key = Unique.Name();

            var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => stores[i % 2].BeginAsync(key, Encoding.UTF8.GetBytes("body"), Cancellation)));

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

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => new IdempotencyStore(connection).BeginAsync("key", Body, Cancellation));

        Assert.True(RedisFailure.IsOutage(failure));
    }
}
