using Functions.Data;
using Functions.Users;
using Microsoft.Extensions.Logging;

namespace Functions.Accounts;

/// <summary>Makes the administrator that <c>ADMIN_EMAIL</c> and <c>ADMIN_PASSWORD</c> name, where there is none yet.</summary>
/// <remarks>
/// Anybody can register with the address before the first start: an account of that address that its owner has not verified is left as it is, and the
/// log says so. Once there is an administrator the settings have no effect, so an address that the administrator has given up does not come back.
/// </remarks>
public sealed partial class FirstAdmin(FirstAdminOptions options, DatabaseSetup database, UserDirectory users, ILogger<FirstAdmin> logger)
    : DatabaseStartStep(logger)
{
    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options is not { Email: { } email, Password: { } password })
        {
            return;
        }

        var (outcome, userId) = await database.AddAdminAsync(email, password, cancellationToken);
        switch (outcome)
        {
            case FirstAdminOutcome.Made:
                LogCreated();
                break;
            case FirstAdminOutcome.Promoted:
                await users.InvalidateAsync(userId!.Value);
                LogPromoted(userId.Value);
                break;
            case FirstAdminOutcome.InTheWay:
                LogInTheWay(userId!.Value);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The administrator of ADMIN_EMAIL has been created.")]
    private partial void LogCreated();

    [LoggerMessage(2, LogLevel.Information, "The account {UserId} of ADMIN_EMAIL, whose address is verified, has become an administrator. Its password is unchanged.")]
    private partial void LogPromoted(int userId);

    [LoggerMessage(3, LogLevel.Error, "There is no administrator: the account {UserId} has the address of ADMIN_EMAIL and nobody has verified it. Verify the address or delete the account, then start again.")]
    private partial void LogInTheWay(int userId);
}
