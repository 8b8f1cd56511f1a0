using Functions.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Functions.Accounts;

/// <summary>Makes the administrator that <c>ADMIN_EMAIL</c> and <c>ADMIN_PASSWORD</c> name, unless there is an account with that address.</summary>
public sealed partial class FirstAdmin(FirstAdminOptions options, DatabaseSetup database, ILogger<FirstAdmin> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // In the background: the host must not wait for the database before it answers.
        await Task.Yield();
        while (options.Email is { } email && options.Password is { } password)
        {
            try
            {
                if (await database.AddAdminAsync(email, password, stoppingToken))
                {
                    LogCreated();
                }

                return;
            }
#pragma warning disable CA1031 // The database may not be there yet, or have no tables yet: neither may end the host.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogWaiting(exception.GetBaseException().Message);
                await Task.Delay(RetryDelay, stoppingToken);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The administrator of ADMIN_EMAIL has been created.")]
    private partial void LogCreated();

    [LoggerMessage(2, LogLevel.Warning, "The administrator of ADMIN_EMAIL could not be created yet: {Reason}")]
    private partial void LogWaiting(string reason);
}
