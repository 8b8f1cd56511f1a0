using System.Globalization;
using Functions.Accounts;
using Functions.Data;
using Functions.Http.Policies;
using Functions.Redis.Caching;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Functions.Users;

/// <summary>Reads and changes accounts, and keeps caches and sessions in step with them.</summary>
public sealed class UserDirectory(
    IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, RedisHybridCache cache, SessionStore sessions) : IAdminDirectory
{
    // Without PostgreSQL it is known for longer who somebody is, so that what needs nothing else goes on. What was removed is not served.
    private static readonly RedisCacheEntryOptions AccountCaching = new() { Expiration = TimeSpan.FromMinutes(5), FailSafe = TimeSpan.FromHours(1) };

    // Asked for every request of an administrator and many of others; removing the user's tag reaches the first level too.
    private static readonly RedisCacheEntryOptions AdminCaching = new()
    {
        Expiration = AccountCaching.Expiration,
        FailSafe = AccountCaching.FailSafe,
        LocalExpiration = TimeSpan.FromSeconds(30),
    };

    /// <summary>The tag of everything that is cached about a user.</summary>
    public static string Tag(int userId) => string.Create(CultureInfo.InvariantCulture, $"user:{userId}");

    /// <summary>
    /// Has what is cached about a new user made anew: somebody may have asked for the id before it was given out, and that there was nobody is
    /// cached under a key without tags.
    /// </summary>
    public static Task InvalidateNewAsync(RedisHybridCache cache, int userId)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return Task.WhenAll(
            cache.RemoveAsync(AccountKey(userId), CancellationToken.None).AsTask(),
            cache.RemoveByTagAsync(Tag(userId), CancellationToken.None).AsTask());
    }

    /// <summary>The account, from the cache if it is there, or null.</summary>
    public ValueTask<Account?> FindAsync(int userId, CancellationToken cancellationToken) => FindAsync(userId, AccountCaching, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> IsAdminAsync(int userId, CancellationToken cancellationToken) =>
        await FindAsync(userId, AdminCaching, cancellationToken) is { IsAdmin: true };

    /// <summary>Changes what <paramref name="change"/> names. A new password closes the user's sessions but <paramref name="keptSessionId"/>.</summary>
    public async Task<UserUpdate> UpdateAsync(int userId, UpdateUserRequest change, string? keptSessionId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var user = await context.Users.FindAsync([userId], cancellationToken);
        if (user is null)
        {
            return UserUpdate.NotFound;
        }

        if (change.Email is { } email)
        {
            user.Email = email.Trim();
            user.NormalizedEmail = EmailAddress.Normalize(email);
        }

        if (change.Password is { } password)
        {
            if (PasswordRule.IsAddress(password, user.Email))
            {
                return UserUpdate.PasswordIsAddress;
            }

            user.PasswordHash = hasher.HashPassword(user, password);
        }

        user.Name = change.Name?.Trim() ?? user.Name;
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            return UserUpdate.EmailTaken;
        }
        catch (DbUpdateException exception) when (exception.IsRowGone())
        {
            return UserUpdate.NotFound;
        }

        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await FollowAsync();
            throw;
        }

        await FollowAsync();
        return UserUpdate.Updated;

        Task FollowAsync() => change.Password is null
            ? cache.RemoveByTagAsync(Tag(userId), CancellationToken.None).AsTask()
            : ForgetAsync(userId, keptSessionId);
    }

    /// <summary>Deletes the account with all that belongs to it, or returns null if there is none.</summary>
    public async Task<UserDeletedAnswer?> DeleteAsync(int userId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        int deleted;
        try
        {
            deleted = await context.Users.Where(user => user.Id == userId).ExecuteDeleteAsync(cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await ForgetAsync(userId, keptSessionId: null);
            throw;
        }

        // Also without an account: what had to follow its deletion may have failed then.
        var closed = await ForgetAsync(userId, keptSessionId: null);
        return deleted == 0 ? null : new UserDeletedAnswer(true, CachesCleared: 1, closed);
    }

    // The caller going away must not leave a change half done, nor must one of the two keep the other from being done.
    private async Task<int> ForgetAsync(int userId, string? keptSessionId)
    {
        var closing = sessions.CloseAllAsync(userId.ToString(CultureInfo.InvariantCulture), keptSessionId, CancellationToken.None);
        await Task.WhenAll(closing, cache.RemoveByTagAsync(Tag(userId), CancellationToken.None).AsTask());
        return await closing;
    }

    private async ValueTask<Account?> FindAsync(int userId, RedisCacheEntryOptions caching, CancellationToken cancellationToken)
    {
        var entry = await cache.GetOrCreateEntryAsync(
            AccountKey(userId), (contexts, userId), static (source, context, token) => ReadAsync(source.contexts, source.userId, context, token), caching, [], cancellationToken);
        return entry.Value;
    }

    // A tag is remembered for days: only what there is has one.
    private static async ValueTask<Account?> ReadAsync(
        IDbContextFactory<AppDbContext> contexts, int userId, CacheEntryContext context, CancellationToken cancellationToken)
    {
        var account = await contexts.ReadAsync(
            database => database.Users
                .Where(user => user.Id == userId)
                .Select(user => new Account(user.Id, user.Email, user.Name, user.IsAdmin))
                .FirstOrDefaultAsync(cancellationToken),
            cancellationToken);
        if (account is not null)
        {
            context.AddTag(Tag(userId));
        }

        return account;
    }

    private static string AccountKey(int userId) => string.Create(CultureInfo.InvariantCulture, $"account:{userId}");
}
