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
    IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, AccountMails mails, RedisHybridCache cache, SessionStore sessions, Outbox outbox)
    : IAdminDirectory
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

    /// <summary>Whether there is an address to verify: that of the account, or the one that is to replace it. Null if there is no such account.</summary>
    public Task<bool?> NeedsVerificationAsync(int userId, CancellationToken cancellationToken) => contexts.ReadAsync(
        context => context.Users
            .Where(user => user.Id == userId)
            .Select(user => (bool?)(!user.EmailVerified || user.PendingEmail != null))
            .FirstOrDefaultAsync(cancellationToken),
        cancellationToken);

    /// <summary>
    /// Changes what <paramref name="change"/> names. Another address takes effect when it is verified. A new password closes the user's sessions but one,
    /// and makes links in mails and a change of the address from before void.
    /// </summary>
    /// <param name="userId">Whose account.</param>
    /// <param name="change">What is to change.</param>
    /// <param name="author">Who changes it.</param>
    /// <param name="conditions">How the account must be.</param>
    /// <param name="cancellationToken">Cancels before the commit.</param>
    public async Task<UserChange> UpdateAsync(
        int userId, UpdateUserRequest change, UpdateAuthor author, Preconditions conditions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(author);
        ArgumentNullException.ThrowIfNull(conditions);
        // Takes long: not while the account is locked.
        var hash = change.Password is { } chosen ? hasher.HashPassword(null!, PasswordRule.Prepare(chosen)) : null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.FindForUpdateAsync<User>(userId, cancellationToken) is not { } user)
        {
            return new(UserUpdate.NotFound);
        }

        if (!conditions.Allow(OwnersView(user)))
        {
            return new(UserUpdate.PreconditionFailed);
        }

        var address = EmailAddress.TryParse(change.Email, out var parsed) && parsed.Text != user.Email ? parsed : null;
        if ((hash is not null || address is not null) && !author.MayChangeCredentials(user))
        {
            return new(UserUpdate.NotConfirmed);
        }

        if (PasswordRule.IsAddress(change.Password, user.Email))
        {
            return new(UserUpdate.PasswordIsAddress);
        }

        user.Name = PersonNameAttribute.Clean(change.Name) ?? user.Name;
        if (hash is not null)
        {
            (user.PasswordHash, user.PendingEmail) = (hash, null);
            await context.RevokeTokensAsync(userId, cancellationToken);
        }

        var outcome = UserUpdate.Updated;
        if (parsed is not null && parsed.Mailbox == user.NormalizedEmail)
        {
            // The same mailbox, perhaps in another spelling: what was to replace it is not to any more.
            (user.Email, user.PendingEmail) = (parsed.Text, null);
        }
        else if (address is not null)
        {
            if (await context.Users.AnyAsync(other => other.NormalizedEmail == address.Mailbox, cancellationToken))
            {
                return new(UserUpdate.EmailTaken);
            }

            outcome = ChangeAddress(context, user, address);
        }

        try
        {
            await context.SaveChangesAsync(cancellationToken);
            if (hash is not null)
            {
                // Before the commit: if Redis cannot do it nothing is changed. And after it: for those who signed in with the old password meanwhile.
                await sessions.CloseAllAsync(SessionUser(userId), author.KeptSessionId, cancellationToken);
            }

            await transaction.CommitAsync(CancellationToken.None);
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

        mails.Committed();
        await FollowAsync();
        return new(outcome, OwnersView(user));

        Task FollowAsync() => hash is null ? InvalidateAsync(userId) : ForgetAsync(userId, author.KeptSessionId);
    }

    /// <summary>What is cached about a user is read anew.</summary>
    public Task InvalidateAsync(int userId) => cache.RemoveByTagAsync(Tag(userId), CancellationToken.None).AsTask();

    private UserUpdate ChangeAddress(AppDbContext context, User user, EmailAddress address)
    {
        if (!mails.CanBeSent)
        {
            // Nobody could ever verify it.
            (user.Email, user.NormalizedEmail, user.EmailVerified, user.PendingEmail) = (address.Text, address.Mailbox, false, null);
            return UserUpdate.Updated;
        }

        user.PendingEmail = address.Text;
        mails.Add(context, user.Id, new AccountMail(AccountMail.Verification));
        mails.Add(context, user.Id, new AccountMail(AccountMail.AddressChangeRequested));
        return UserUpdate.VerificationSent;
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

    /// <summary>Closes a user's sessions but one, and reads anew what is cached about the user; returns how many sessions were open.</summary>
    // The caller going away must not leave a change half done, nor must one of the two keep the other from being done.
    public async Task<int> ForgetAsync(int userId, string? keptSessionId)
    {
        var closing = sessions.CloseAllAsync(SessionUser(userId), keptSessionId, CancellationToken.None);
        await Task.WhenAll(closing, InvalidateAsync(userId));
        return await closing;
    }

    private static string SessionUser(int userId) => userId.ToString(CultureInfo.InvariantCulture);

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
                .Select(user => new Account(user.Id, user.Email, user.EmailVerified, user.Name, user.IsAdmin))
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
