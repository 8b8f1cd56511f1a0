using System.Globalization;
using Functions.Data;
using Functions.Emails;
using Functions.Redis.Tasks;
using Microsoft.EntityFrameworkCore;

namespace Functions.Accounts;

/// <summary>Sends a mail about an account.</summary>
/// <remarks>
/// <para>The token of a link is made here, so that it is in the mail and nowhere else: neither in the task nor in a log. An attempt that is repeated
/// makes another; both are valid until one is used, as nobody knows which mails arrive.</para>
/// <para>The texts have nothing that a stranger chose, such as the name: registering somebody's address must not send that person a message.</para>
/// </remarks>
public sealed class AccountMailHandler(
    IDbContextFactory<AppDbContext> contexts, MailDelivery delivery, PublicUrl publicUrl, AccountOptions accounts, TimeProvider time) : ITaskHandler<AccountMail>
{
    /// <inheritdoc/>
    public static object? Describe(AccountMail payload) => new { payload.Kind, payload.UserId };

    /// <inheritdoc/>
    public async Task<object?> HandleAsync(AccountMail payload, TaskContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var mail = payload.Kind switch
        {
            AccountMail.Verification => await VerificationAsync(payload.UserId!.Value, cancellationToken),
            AccountMail.PasswordReset => await PasswordResetAsync(payload.Email!, cancellationToken),
            AccountMail.AddressChangeRequested => await AddressChangeRequestedAsync(payload.UserId!.Value, cancellationToken),
            AccountMail.AddressChanged => AddressChanged(payload.Email!),
            _ => throw new PermanentTaskException($"There is no mail '{payload.Kind}'."),
        };
        if (mail is not null)
        {
            await delivery.DeliverAsync(mail with { IsAutomatic = true }, context, cancellationToken);
        }

        return null;
    }

    private async Task<Mail?> VerificationAsync(int userId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.FindForUpdateAsync<User>(userId, cancellationToken) is not { } user)
        {
            return null;
        }

        // The user may have verified it, or have asked for another address, since the mail was asked for.
        var (address, mailbox) = user.PendingEmail is { } pending ? (pending, EmailAddress.Normalize(pending)) : (user.Email, user.NormalizedEmail);
        if (user.PendingEmail is null && user.EmailVerified)
        {
            return null;
        }

        var token = AccountTokens.Issue(context, userId, AccountTokenPurpose.VerifyEmail, mailbox, time.GetUtcNow() + accounts.VerificationLifetime);
        var link = publicUrl.LinkTo(accounts.VerifyPage, token);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Mail(address, "Verify your e-mail address", $"""
            Please verify that this is your e-mail address:

            {link}

            The link works once, for {Text(accounts.VerificationLifetime)}.

            If you did not ask for this, ignore this mail: without you nobody can verify
            the address.
            """);
    }

    private async Task<Mail?> PasswordResetAsync(string email, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Users.AsNoTracking().FindByEmailAsync(email, cancellationToken) is not { } found
            || await context.FindForUpdateAsync<User>(found.Id, cancellationToken) is not { } user
            || user.NormalizedEmail != found.NormalizedEmail)
        {
            return null;
        }

        var token = AccountTokens.Issue(context, user.Id, AccountTokenPurpose.ResetPassword, user.NormalizedEmail, time.GetUtcNow() + accounts.ResetLifetime);
        var link = publicUrl.LinkTo(accounts.ResetPage, token);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Mail(user.Email, "Set a new password", $"""
            Somebody has asked for a new password of the account with this e-mail address.
            If it was you, set it here:

            {link}

            The link works once, for {Text(accounts.ResetLifetime)}. A new password signs you out everywhere.

            If it was not you, ignore this mail: your password stays as it is.
            """);
    }

    private async Task<Mail?> AddressChangeRequestedAsync(int userId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == userId, cancellationToken) is { PendingEmail: not null } user
            ? new Mail(user.Email, "Your e-mail address is to be changed", """
                The account with this e-mail address is to get another address. The change takes
                effect when the new address has been verified.

                If you did not ask for this, set a new password now: that cancels the change and
                signs everybody else out.
                """)
            : null;
    }

    private static Mail AddressChanged(string email) => new(email, "Your e-mail address has been changed", """
        The account that had this e-mail address has another one now. This address is no
        longer used to sign in.

        If you did not ask for this, contact the operator of this service.
        """);

    private static string Text(TimeSpan time) =>
        time < TimeSpan.FromHours(1) ? Count((int)time.TotalMinutes, "minute")
        : time < TimeSpan.FromDays(2) ? Count((int)time.TotalHours, "hour")
        : Count((int)time.TotalDays, "day");

    private static string Count(int number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number} {unit}{(number == 1 ? "" : "s")}");
}
