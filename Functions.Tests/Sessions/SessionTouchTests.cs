using System.Globalization;
using Functions.Redis.Connections;
using Functions.Redis.Sessions;
using Functions.Tests.Connections;
using Functions.Tests.Servers;
using StackExchange.Redis;

namespace Functions.Tests.Sessions;

/// <summary>When authentication writes. The time to live of the key tells it in most cases, the times in the record in all.</summary>
public sealed class SessionTouchTests(RedisServers servers)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The idle lifetime under which the last touch was made, the one of now, how long ago it was, and how long the session may last.</summary>
    public static TheoryData<RedisKind, TimeSpan, TimeSpan, TimeSpan, TimeSpan, bool> Cases() =>
    [
        .. from kind in new[] { RedisKind.Garnet, RedisKind.Single }
           from row in new (TimeSpan Before, TimeSpan Now, TimeSpan Ago, TimeSpan Left, bool IsDue)[]
           {
               (Day, Day, TimeSpan.Zero, Month, false),
               (Day, Day, 50 * Second, Month, false),
               (Day, Day, 61 * Second, Month, true),
               (Day, Day, 23 * Hour, Month, true),
               // Near the end of the absolute lifetime the key has less than the idle lifetime.
               (Day, Day, 50 * Second, Hour, false),
               (Day, Day, 61 * Second, Hour, true),
               // The idle lifetime has been shortened or prolonged since.
               (Day, Hour, 50 * Second, Month, false),
               (Day, Hour, 61 * Second, Month, true),
               (Hour, Day, 50 * Second, Month, false),
               (Hour, Day, 61 * Second, Month, true),
               // Shortened so that the key happens to have just as much left as after a touch under the new lifetime.
               (Hour, Hour - (2 * Minute), 2 * Minute, Month, false),
               (Hour, Hour - (2 * Minute), 3 * Minute, Month, true),
           }
           select new TheoryDataRow<RedisKind, TimeSpan, TimeSpan, TimeSpan, TimeSpan, bool>(kind, row.Before, row.Now, row.Ago, row.Left, row.IsDue),
    ];

    [Theory, MemberData(nameof(Cases))]
    public async Task Activity_is_written_when_it_is_due_and_gives_the_idle_lifetime_of_now(
        RedisKind kind, TimeSpan before, TimeSpan now, TimeSpan ago, TimeSpan left, bool isDue)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var options = new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:", IdleLifetime = now };
        var (token, created) = await new SessionStore(connection, options).CreateAsync("user", cancellationToken: Cancellation);
        var store = new SessionStore(connection, options); // As in another process, which does not know that it has just been written.
        var database = await connection.GetDatabaseAsync(Cancellation);
        RedisKey key = options.KeyPrefix + created.Id;
        var timeToLive = Min(before - ago, left);
        await RewriteAsync(database, key, created.CreatedAt - ago, created.CreatedAt + left, timeToLive);

        var session = await store.AuthenticateAsync(token, Cancellation);
        var kept = (await database.KeyTimeToLiveAsync(key))!.Value;
        var again = await store.AuthenticateAsync(token, Cancellation);

        Assert.NotNull(session);
        Assert.Equal(isDue ? created.CreatedAt : created.CreatedAt - ago, session.LastActivity, isDue ? 5 * Second : TimeSpan.Zero);
        Assert.InRange((isDue ? Min(now, left) : timeToLive) - kept, -5 * Second, 5 * Second);
        Assert.Equal((session.LastActivity, session.ExpiresAt, "user"), (again!.LastActivity, again.ExpiresAt, again.UserId));
    }

    [Theory, ClassData<AnyRedis>]
    public async Task A_session_past_its_absolute_lifetime_is_closed_whatever_its_key_says(RedisKind kind)
    {
        await using var connection = (await servers.GetAsync(kind)).CreateConnection();
        var options = new SessionOptions { KeyPrefix = $"{Unique.Name("session")}:" };
        var (token, created) = await new SessionStore(connection, options).CreateAsync("user", cancellationToken: Cancellation);
        var store = new SessionStore(connection, options); // As in another process, which does not know that it has just been written.
        var database = await connection.GetDatabaseAsync(Cancellation);
        RedisKey key = options.KeyPrefix + created.Id;
        await RewriteAsync(database, key, created.CreatedAt - Hour, created.CreatedAt - Second, Minute);

        Assert.Null(await store.AuthenticateAsync(token, Cancellation));
        Assert.False(await database.KeyExistsAsync(key));
    }

    /// <summary>As if the last touch had been at that time.</summary>
    internal static async Task RewriteAsync(IDatabase database, RedisKey key, DateTimeOffset activity, DateTimeOffset expires, TimeSpan timeToLive)
    {
        var record = (string)(await database.StringGetAsync(key))!;
        await database.StringSetAsync(key, record[..13] + Time(activity) + Time(expires) + record[39..], timeToLive);

        static string Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
