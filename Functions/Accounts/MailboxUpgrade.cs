using Functions.Data;
using Microsoft.Extensions.Logging;

namespace Functions.Accounts;

/// <summary>Stores the mailboxes of accounts from before they were compared as they are now. Where all are, it is one read of a small index.</summary>
public sealed partial class MailboxUpgrade(DatabaseSetup database, ILogger<MailboxUpgrade> logger) : DatabaseStartStep(logger)
{
    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var userId in await database.UnifyMailboxesAsync(cancellationToken))
        {
            LogCollision(userId);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The account {UserId} has the mailbox of an older account. It is found only by its address exactly as it was registered; change that address.")]
    private partial void LogCollision(int userId);
}
