using System.Collections.Frozen;
using Functions.Http;
using Functions.Http.Policies;
using Functions.Users;

namespace Functions.Accounts;

/// <summary>Refuses callers whose address is not verified what <see cref="AccountOptions.VerifiedEmailFor"/> names.</summary>
public sealed class VerifiedEmailPolicy : IHttpPolicy
{
    private const string Everything = "*";

    // Without these nobody could verify an address, correct one, or leave.
    private static readonly FrozenSet<string> Exempt =
        FrozenSet.ToFrozenSet(["SendVerification", "GetProfile", "UpdateUser", "DeleteUser", "Logout", "LogoutAll", "ListSessions", "CloseSession"]);

    private readonly UserDirectory _users;
    private readonly FrozenSet<string> _functions;

    /// <summary>Reads the setting once.</summary>
    /// <exception cref="InvalidOperationException">It names a function that does not exist, or that needs no session.</exception>
    public VerifiedEmailPolicy(AccountOptions options, FunctionCatalog catalog, UserDirectory users)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(catalog);
        var possible = catalog.All
            .Where(MayApplyTo)
            .Select(function => function.Name)
            .ToList();
        if (options.VerifiedEmailFor.FirstOrDefault(name => name != Everything && !possible.Contains(name)) is { } unknown)
        {
            throw new InvalidOperationException(
                $"Accounts__VerifiedEmailFor: '{unknown}' is not possible. Possible are '*' and: {string.Join(", ", possible.Order(StringComparer.Ordinal))}.");
        }

        _users = users;
        _functions = options.VerifiedEmailFor.Contains(Everything) ? [.. possible] : [.. options.VerifiedEmailFor];
    }

    /// <summary>Whether the setting can name the function.</summary>
    public static bool MayApplyTo(FunctionDescriptor function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function.Policy<RequireSessionAttribute>() is not null && !Exempt.Contains(function.Name);
    }

    /// <inheritdoc/>
    public async Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ArgumentNullException.ThrowIfNull(next);
        var http = invocation.Http;
        return !_functions.Contains(invocation.Function.Name)
            || await _users.FindAsync(http.Request.Caller().UserId, http.RequestAborted) is not { EmailVerified: false }
            ? await next()
            : Problems.Forbidden("The e-mail address is not verified");
    }
}
