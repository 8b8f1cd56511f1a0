using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Functions.Redis.Connections;
using StackExchange.Redis;

namespace Functions.Redis.Backoff;

/// <summary>Slows down guessing at one account, from however many addresses; beside a limit by address, which slows down one address.</summary>
/// <remarks>
/// <para>After some failures in a row the account waits: 1 s, 2 s, 4 s … at most 15 minutes. Attempts meanwhile are refused unseen, and
/// neither count nor prolong the wait.</para>
/// <para>It cannot lock the owner out: an address from which the account was entered lately has a count of its own, so failures from
/// elsewhere do not touch it. An owner at a new address waits 15 minutes at most. Known risk: whoever keeps guessing from many addresses
/// may take the next attempt then, too; the owner's known addresses stay free.</para>
/// <para>Accounts are told apart by the name that was tried, whether there is such an account or not: the answers are the same. Redis
/// knows names and addresses by a part of their SHA-256 only.</para>
/// </remarks>
public sealed class LoginBackoff(RedisConnection connection, LoginBackoffOptions options)
{
    private const int DigestBytes = 15;

    private static readonly RedisScript Attempt = RedisScript.Load("Backoff/attempt.lua");
    private static readonly RedisScript Succeed = RedisScript.Load("Backoff/succeed.lua");
    private static readonly RedisScript Withdraw = RedisScript.Load("Backoff/withdraw.lua");

    /// <summary>
    /// Counts an attempt to enter an account, as a failure until <see cref="SucceedAsync"/> or <see cref="WithdrawAsync"/> says otherwise. One round trip.
    /// </summary>
    /// <param name="account">The account's name, in one spelling.</param>
    /// <param name="address">From where.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task<LoginAttempt> AttemptAsync(string account, string address, CancellationToken cancellationToken = default)
    {
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var place = Digest(address);
        var reply = (long[])(await Attempt.EvaluateAsync(
            database,
            Keys(account, place),
            [place, options.FreeFailures, Milliseconds(options.FirstWait), Milliseconds(options.MaximumWait), Milliseconds(options.Memory)]))!;
        return new LoginAttempt(TimeSpan.FromMilliseconds(reply[0]), account, place, reply[1], reply[2]);
    }

    /// <summary>
    /// The attempt was no failure: it does not count, failures of the same address are forgotten, and the address is remembered. Failures of others are
    /// not forgotten: whoever guesses must not get fresh guesses each time the owner signs in.
    /// </summary>
    public async Task SucceedAsync(LoginAttempt attempt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        await Succeed.EvaluateAsync(
            database,
            Keys(attempt.Account, attempt.Place),
            [attempt.Place, attempt.State, attempt.Until, Milliseconds(options.Memory), Milliseconds(options.KnownAddressLifetime), options.KnownAddresses]);
    }

    /// <summary>The attempt has been neither: it does not count any more.</summary>
    public async Task WithdrawAsync(LoginAttempt attempt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        await Withdraw.EvaluateAsync(
            database, Keys(attempt.Account, attempt.Place), [attempt.Place, attempt.State, attempt.Until, Milliseconds(options.Memory)]);
    }

    /// <summary>How Redis knows an account: a digest of its name, by which <see cref="ForgetAsync"/> finds it.</summary>
    public static string DigestOf(string account) => Digest(account);

    /// <summary>Forgets what is known of an account: failures, and places from which it was entered.</summary>
    /// <param name="digest">Of <see cref="DigestOf"/>.</param>
    /// <param name="cancellationToken">Checked before anything is sent.</param>
    public async Task ForgetAsync(string digest, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(digest);
        var database = await connection.GetDatabaseAsync(cancellationToken);
        var name = Name(digest);
        var places = await database.SortedSetRangeByRankAsync($"{name}:known", flags: CommandFlags.DemandMaster);
        await database.KeyDeleteAsync([name, .. places.Select(place => (RedisKey)$"{name}:{place}"), $"{name}:known"]);
    }

    private RedisKey[] Keys(string account, string place)
    {
        var name = Name(Digest(account));
        return [name, $"{name}:known", $"{name}:{place}"];
    }

    private string Name(string digest) => $"{options.KeyPrefix}{{{digest}}}";

    private static string Digest(string text) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, DigestBytes));

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
