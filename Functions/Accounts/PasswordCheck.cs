using System.Globalization;
using Functions.Data;
using Functions.Http;
using Functions.Redis.Backoff;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Functions.Accounts;

/// <summary>Checks passwords of callers, wherever one is asked for: all of them slow down whoever guesses, by the same count.</summary>
public sealed class PasswordCheck(AccountRegistry accounts, LoginBackoff backoff, ClientAddress address)
{
    private const string Policy = "login-account";

    /// <summary>The account with this address and password; as much work for an unknown address as for a wrong password.</summary>
    public Task<Outcome> ByEmailAsync(HttpContext http, string email, string password) =>
        RunAsync(http, EmailAddress.Normalize(email), cancellationToken => accounts.VerifyAsync(email, password, cancellationToken));

    /// <summary>The account, if this is its password.</summary>
    /// <param name="http">The request.</param>
    /// <param name="account">The account.</param>
    /// <param name="password">Said to be its password.</param>
    public Task<Outcome> ByUserAsync(HttpContext http, User account, string password)
    {
        ArgumentNullException.ThrowIfNull(account);
        return RunAsync(http, account.NormalizedEmail, _ => Task.FromResult(accounts.Verify(account, password) ? account : null));
    }

    private async Task<Outcome> RunAsync(HttpContext http, string name, Func<CancellationToken, Task<User?>> verify)
    {
        ArgumentNullException.ThrowIfNull(http);
        var attempt = await backoff.AttemptAsync(name, address.NetworkOf(http), http.RequestAborted);
        if (!attempt.IsAllowed)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(attempt.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return new Outcome(null, Problems.RateLimited([Policy]));
        }

        User? user;
        try
        {
            user = await verify(http.RequestAborted);
        }
        catch (Exception exception) when (ServerOutage.Includes(exception))
        {
            // Nobody knows whether the password was right: an outage must not make its owner wait.
            await backoff.WithdrawAsync(attempt, CancellationToken.None);
            throw;
        }

        if (user is not null)
        {
            await backoff.SucceedAsync(attempt, http.RequestAborted);
        }

        return new Outcome(user, null);
    }

    /// <summary>How a check ended.</summary>
    /// <param name="User">The account if the password was right.</param>
    /// <param name="Problem">What to answer if it was not looked at: the account has to wait.</param>
    public readonly record struct Outcome(User? User, ProblemHttpResult? Problem);
}
