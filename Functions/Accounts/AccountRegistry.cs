using Functions.Data;
using Functions.Redis.Caching;
using Functions.Redis.Connections;
using Functions.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Functions.Accounts;

/// <summary>Makes accounts and checks passwords.</summary>
public sealed partial class AccountRegistry(
    IDbContextFactory<AppDbContext> contexts,
    IPasswordHasher<User> hasher,
    AccountMails mails,
    RedisHybridCache cache,
    TimeProvider time,
    ILogger<AccountRegistry> logger)
{
    // Verified in place of the hash that an unknown address does not have, so that both cost the same.
    private readonly string _nobodysHash = hasher.HashPassword(null!, Guid.NewGuid().ToString());

    /// <summary>Makes an account, or returns null if the address is taken. A mail with a link to verify the address follows.</summary>
    public async Task<User?> RegisterAsync(string email, string name, string password, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(email, out var address))
        {
            throw new ArgumentException("It is not an e-mail address.", nameof(email));
        }

        var user = new User
        {
            Email = address.Text,
            NormalizedEmail = address.Mailbox,
            Name = PersonNameAttribute.Clean(name)!,
            PasswordHash = hasher.HashPassword(null!, PasswordRule.Prepare(password)),
            CreatedAt = time.GetUtcNow(),
        };

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Add(user);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            return null;
        }

        mails.Add(context, user.Id, new AccountMail(AccountMail.Verification));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        mails.Committed();
        await ForgetAbsenceAsync(user.Id);
        return user;
    }

    /// <summary>The account with this address and password, or null; as much work for an unknown address as for a wrong password.</summary>
    public async Task<User?> VerifyAsync(string email, string password, CancellationToken cancellationToken)
    {
        var user = await contexts.ReadAsync(context => context.Users.AsNoTracking().FindByEmailAsync(email, cancellationToken), cancellationToken);
        return Verify(user, password) ? user : null;
    }

    /// <summary>The account as it is stored, with its hash.</summary>
    public Task<User?> FindAsync(int userId, CancellationToken cancellationToken) => contexts.ReadAsync(
        context => context.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == userId, cancellationToken), cancellationToken);

    /// <summary>Whether this is the account's password; as much work where there is no account.</summary>
    public bool Verify(User? user, string password)
    {
        var prepared = PasswordRule.Prepare(password);
        // Hashes from before passwords were prepared are of what was typed.
        return Matches(prepared) || (prepared != password && Matches(password));

        bool Matches(string candidate) =>
            hasher.VerifyHashedPassword(user!, user?.PasswordHash ?? _nobodysHash, candidate) != PasswordVerificationResult.Failed && user is not null;
    }

    /// <summary>Whether the account still exists with the password by which <paramref name="verified"/> was found.</summary>
    public Task<bool> IsCurrentAsync(User verified, CancellationToken cancellationToken) => contexts.ReadAsync(
        context => context.Users.AnyAsync(user => user.Id == verified.Id && user.PasswordHash == verified.PasswordHash, cancellationToken), cancellationToken);

    // Somebody may have asked for the id before it was given out, and the cache remembers that there was nobody.
    private async Task ForgetAbsenceAsync(int userId)
    {
        try
        {
            await UserDirectory.InvalidateNewAsync(cache, userId);
        }
        catch (Exception exception) when (RedisFailure.IsOutage(exception))
        {
            // The account is made. The cache forgets absences by itself, within its negative expiration.
            LogNotInvalidated(userId, exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The new user {UserId} may be unknown to the cache for a while: {Reason}")]
    private partial void LogNotInvalidated(int userId, string reason);
}
