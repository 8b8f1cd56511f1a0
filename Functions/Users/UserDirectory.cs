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
    IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, AccountMails mails, RedisHybridCache cache, SessionStore sessions) : IAdminDirectory
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
    /// <param name="cancellationToken">Cancels before the commit.</param>
    public async Task<UserUpdate> UpdateAsync(int userId, UpdateUserRequest change, UpdateAuthor author, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(author);
        // Takes long: not while the account is locked.
        var hash = change.Password is { } chosen ? hasher.HashPassword(null!, PasswordRule.Prepare(chosen)) : null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.LockUserAsync(userId, cancellationToken) is not { } user)
        {
            return UserUpdate.NotFound;
        }

        var address = EmailAddress.TryParse(change.Email, out var parsed) && parsed.Text != user.Email ? parsed : null;
        if ((hash is not null || address is not null) && !author.MayChangeCredentials(user))
        {
            return UserUpdate.NotConfirmed;
        }

        if (PasswordRule.IsAddress(change.Password, user.Email))
        {
            return UserUpdate.PasswordIsAddress;
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
                return UserUpdate.EmailTaken;
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
            return UserUpdate.EmailTaken;
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await FollowAsync();
            throw;
        }

        mails.Committed();
        await FollowAsync();
        return outcome;

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
            $"account:{userId}", (contexts, userId), static (source, _, token) => ReadAsync(source.contexts, source.userId, token), caching, [Tag(userId)], cancellationToken);
        return entry.Value;
    }

    private static async ValueTask<Account?> ReadAsync(IDbContextFactory<AppDbContext> contexts, int userId, CancellationToken cancellationToken) =>
        await contexts.ReadAsync(
            context => context.Users
                .Where(user => user.Id == userId)
                .Select(user => new Account(user.Id, user.Email, user.EmailVerified, user.Name, user.IsAdmin))
                .FirstOrDefaultAsync(cancellationToken),
            cancellationToken);
}
