using System.Globalization;
using Functions.Accounts;
using Functions.Data;
using Functions.Events;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Messages;
using Functions.Redis.Backoff;
using Functions.Redis.Caching;
using Functions.Redis.Events;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Functions.Users;

/// <summary>Reads and changes accounts, and keeps caches and sessions in step with them.</summary>
public sealed class UserDirectory(
    IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, RedisHybridCache cache, SessionStore sessions, Outbox outbox) : IAdminDirectory
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

    // Ids are given out before rows are committed: so many may still appear below the greatest.
    private const int NotificationsUnderWay = 10_000;

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

    /// <summary>
    /// Changes what <paramref name="change"/> names, if the account is as <paramref name="conditions"/> want it. A new password closes the user's sessions
    /// but <paramref name="keptSessionId"/>.
    /// </summary>
    public async Task<UserChange> UpdateAsync(
        int userId, UpdateUserRequest change, string? keptSessionId, Preconditions conditions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(conditions);
        var outcome = new UserChange(UserUpdate.NotFound);
        var passwordHash = change.Password is null ? null : hasher.HashPassword(null!, change.Password); // It takes long: not while the row is locked.
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.CommitOnceAsync(request: null, default, ChangeAsync, cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            return new(UserUpdate.EmailTaken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await FollowAsync();
            throw;
        }

        if (outcome.Outcome == UserUpdate.Updated)
        {
            await FollowAsync();
        }

        return outcome;

        async Task<long?> ChangeAsync()
        {
            if (await context.FindForUpdateAsync<User>(userId, cancellationToken) is not { } user)
            {
                return null;
            }

            if (!conditions.Allow(OwnersView(user)))
            {
                outcome = new(UserUpdate.PreconditionFailed);
                return null;
            }

            if (change.Email is { } email)
            {
                user.Email = email.Trim();
                user.NormalizedEmail = EmailAddress.Normalize(email);
            }

            if (PasswordRule.IsAddress(change.Password, user.Email))
            {
                outcome = new(UserUpdate.PasswordIsAddress);
                return null;
            }

            user.PasswordHash = passwordHash ?? user.PasswordHash;
            user.Name = change.Name?.Trim() ?? user.Name;
            outcome = new(UserUpdate.Updated, OwnersView(user));
            return userId;
        }

        Task FollowAsync() => change.Password is null
            ? cache.RemoveByTagAsync(Tag(userId), CancellationToken.None).AsTask()
            : ForgetAsync(userId, keptSessionId);
    }

    /// <summary>
    /// Deletes the account with all that belongs to it, if it is as <paramref name="conditions"/> want it. What is not in the database follows:
    /// <see cref="Leftovers"/>.
    /// </summary>
    public async Task<UserDeletion> DeleteAsync(int userId, Preconditions conditions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        bool isDeleted, isRefused;
        try
        {
            (isDeleted, isRefused) = await DeleteRowsAsync(context, userId, conditions, cancellationToken);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await ForgetAsync(userId, keptSessionId: null);
            throw;
        }

        if (isRefused)
        {
            return new(null, IsRefused: true);
        }

        outbox.Committed();

        // Also without an account: what had to follow its deletion may have failed then.
        var closed = await ForgetAsync(userId, keptSessionId: null);
        return new(isDeleted ? new UserDeletedAnswer(true, CachesCleared: 1, closed) : null);
    }

    // Neither of both if there is no such account.
    private async Task<(bool IsDeleted, bool IsRefused)> DeleteRowsAsync(
        AppDbContext context, int userId, Preconditions conditions, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Locked first: nobody adds anything that belongs to the account from here on.
        var locked = await context.Users.FromSql($"SELECT * FROM users WHERE id = {userId} FOR UPDATE").AsNoTracking().ToListAsync(cancellationToken);
        if (locked is not [var user] || !conditions.Allow(OwnersView(user)))
        {
            return (IsDeleted: false, IsRefused: locked.Count > 0);
        }

        var channel = EventNames.User(userId);
        var sender = userId.ToString(CultureInfo.InvariantCulture);
        var recipients = await context.Messages.Where(message => message.SenderId == userId).Select(message => message.RecipientId).Distinct().ToListAsync(cancellationToken);
        string[] recipientChannels = [.. recipients.Select(EventNames.User)];
        var newest = await context.Notifications.MaxAsync(notification => (long?)notification.Id, cancellationToken) ?? 0;

        // With the messages go the previews of them that others have.
        await context.Database.ExecuteSqlAsync(
            $"DELETE FROM notifications WHERE user_id = ANY({recipients}) AND type = {NewMessage.EventType} AND (data ->> 'sender_id') = {sender}", cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"DELETE FROM outbox WHERE channel = ANY({recipientChannels}) AND type = {NewMessage.EventType} AND (data ->> 'sender_id') = {sender}", cancellationToken);
        await context.Outbox.Where(row => row.Channel == channel).ExecuteDeleteAsync(cancellationToken);
        await context.Users.Where(row => row.Id == userId).ExecuteDeleteAsync(cancellationToken);

        outbox.AddForUser(context, userId, UserDeleted.EventType, new UserDeleted(userId, LoginBackoff.DigestOf(user.NormalizedEmail), newest - NotificationsUnderWay));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return (IsDeleted: true, IsRefused: false);
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

    private static UserAnswer OwnersView(User user) => UserAnswer.ForOwner(user.Id, user.Name, user.Email);

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
