using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Functions.Data;
using Microsoft.EntityFrameworkCore;

namespace Functions.Accounts;

/// <summary>Makes, finds and takes the tokens of links in mails. PostgreSQL knows their SHA-256 only: who reads the table can use none.</summary>
internal static class AccountTokens
{
    private const int Bytes = 32;

    /// <summary>Adds a new token to what <paramref name="context"/> saves next.</summary>
    /// <returns>The token, for the mail and nothing else.</returns>
    public static string Issue(AppDbContext context, int userId, AccountTokenPurpose purpose, string mailbox, DateTimeOffset expiresAt)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        context.Add(new AccountToken { Digest = DigestOf(token), UserId = userId, Purpose = purpose, Mailbox = mailbox, ExpiresAt = expiresAt });
        return token;
    }

    /// <summary>What a token proves, if it is valid by now; it may be taken by another request before this one has locked the user.</summary>
    public static Task<AccountToken?> FindTokenAsync(
        this AppDbContext context, string token, AccountTokenPurpose purpose, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var digest = DigestOf(token);
        return context.AccountTokens.AsNoTracking()
            .FirstOrDefaultAsync(row => row.Digest == digest && row.Purpose == purpose && row.ExpiresAt > now, cancellationToken);
    }

    /// <summary>Uses the token up, in the transaction of what it is used for; false if another request has been faster.</summary>
    public static async Task<bool> TakeTokenAsync(this AppDbContext context, AccountToken token, CancellationToken cancellationToken) =>
        await context.AccountTokens.Where(row => row.Digest == token.Digest).ExecuteDeleteAsync(cancellationToken) == 1;

    /// <summary>Makes all outstanding links of a user void.</summary>
    public static Task RevokeTokensAsync(this AppDbContext context, int userId, CancellationToken cancellationToken) =>
        context.AccountTokens.Where(row => row.UserId == userId).ExecuteDeleteAsync(cancellationToken);

    private static byte[] DigestOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
