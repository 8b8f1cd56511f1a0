using System.Globalization;
using Functions.Data;
using Functions.Redis.Sessions;
using Functions.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Functions.Accounts;

/// <summary>Sets a new password for whoever shows a token from a mail.</summary>
public sealed class PasswordReset(
    IDbContextFactory<AppDbContext> contexts, IPasswordHasher<User> hasher, SessionStore sessions, UserDirectory users, TimeProvider time)
{
    /// <summary>
    /// Uses up a token: sets the password, closes all sessions, and makes all other links of the account and a change of its address void. The address
    /// counts as verified: the token came from there.
    /// </summary>
    public async Task<PasswordResetResult> ResetAsync(string token, string password, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.FindTokenAsync(token, AccountTokenPurpose.ResetPassword, time.GetUtcNow(), cancellationToken) is not { } found)
        {
            return PasswordResetResult.InvalidToken;
        }

        // Takes long: not while the account is locked, and not for tokens that nobody has been sent.
        var hash = hasher.HashPassword(null!, PasswordRule.Prepare(password));
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.FindForUpdateAsync<User>(found.UserId, cancellationToken) is not { } user || user.NormalizedEmail != found.Mailbox)
        {
            return PasswordResetResult.InvalidToken;
        }

        if (PasswordRule.IsAddress(password, user.Email))
        {
            return PasswordResetResult.PasswordIsAddress;
        }

        if (!await context.TakeTokenAsync(found, cancellationToken))
        {
            return PasswordResetResult.InvalidToken;
        }

        (user.PasswordHash, user.EmailVerified, user.PendingEmail) = (hash, true, null);
        await context.SaveChangesAsync(cancellationToken);
        await context.RevokeTokensAsync(user.Id, cancellationToken);

        // Before the commit: if Redis cannot do it the token stays valid, and the request can be repeated. And after it: for those who signed in
        // with the old password meanwhile.
        var closed = await sessions.CloseAllAsync(SessionUser(user.Id), cancellationToken: cancellationToken);
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await users.ForgetAsync(user.Id, keptSessionId: null);
            throw;
        }

        return new PasswordResetResult(closed + await users.ForgetAsync(user.Id, keptSessionId: null));
    }

    private static string SessionUser(int userId) => userId.ToString(CultureInfo.InvariantCulture);
}
