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
    RedisHybridCache cache,
    TimeProvider time,
    ILogger<AccountRegistry> logger)
{
    // Verified in place of the hash that an unknown address does not have, so that both cost the same.
    private readonly string _nobodysHash = hasher.HashPassword(null!, Guid.NewGuid().ToString());

    /// <summary>Makes an account, or returns null if the address is taken.</summary>
    public async Task<User?> RegisterAsync(string email, string name, string password, CancellationToken cancellationToken)
    {
        var user = new User
        {
            Email = email.Trim(),
            NormalizedEmail = EmailAddress.Normalize(email),
            Name = name.Trim(),
            PasswordHash = hasher.HashPassword(null!, password),
            CreatedAt = time.GetUtcNow(),
        };

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Add(user);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            return null;
        }

        await ForgetAbsenceAsync(user.Id);
        return user;
    }

    /// <summary>The account with this address and password, or null; as much work for an unknown address as for a wrong password.</summary>
    public async Task<User?> VerifyAsync(string email, string password, CancellationToken cancellationToken)
    {
        var normalized = EmailAddress.Normalize(email);
        var user = await contexts.ReadAsync(
            context => context.Users.AsNoTracking().FirstOrDefaultAsync(user => user.NormalizedEmail == normalized, cancellationToken), cancellationToken);
        var verified = hasher.VerifyHashedPassword(user!, user?.PasswordHash ?? _nobodysHash, password) != PasswordVerificationResult.Failed;
        return verified ? user : null;
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
