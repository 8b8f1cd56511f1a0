using Functions.Data;
using Functions.Users;
using Microsoft.EntityFrameworkCore;

namespace Functions.Accounts;

/// <summary>Verifies addresses: the bearer of a token from a mail reads mail there.</summary>
public sealed class EmailVerification(IDbContextFactory<AppDbContext> contexts, AccountMails mails, UserDirectory users, TimeProvider time)
{
    /// <summary>
    /// Uses up a token. It verifies the account's address, or makes the pending one the account's: then all other links of the account are void, and
    /// the former address is told.
    /// </summary>
    /// <remarks>A token whose address has got another account meanwhile is not used up: <see cref="VerificationOutcome.EmailTaken"/>.</remarks>
    public async Task<VerificationOutcome> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.FindTokenAsync(token, AccountTokenPurpose.VerifyEmail, time.GetUtcNow(), cancellationToken) is not { } found
            || await context.FindForUpdateAsync<User>(found.UserId, cancellationToken) is not { } user
            || !await context.TakeTokenAsync(found, cancellationToken))
        {
            return VerificationOutcome.InvalidToken;
        }

        if (user.NormalizedEmail == found.Mailbox)
        {
            user.EmailVerified = true;
        }
        else if (user.PendingEmail is { } pending && EmailAddress.Normalize(pending) == found.Mailbox)
        {
            mails.Add(context, user.Id, new AccountMail(AccountMail.AddressChanged, Email: user.Email));
            (user.Email, user.NormalizedEmail, user.EmailVerified, user.PendingEmail) = (pending, found.Mailbox, true, null);
            await context.RevokeTokensAsync(user.Id, cancellationToken);
        }
        else
        {
            return VerificationOutcome.InvalidToken;
        }

        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation())
        {
            return VerificationOutcome.EmailTaken;
        }
        catch (Exception exception) when (ServerOutage.IsUnconfirmed(exception))
        {
            await users.InvalidateAsync(user.Id);
            throw;
        }

        mails.Committed();
        await users.InvalidateAsync(user.Id);
        return VerificationOutcome.Verified;
    }
}
