using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Functions.Data;

/// <summary>
/// Opens connections with patience: a server that restarts or fails over is tried again for about three seconds, and one that has been away for
/// longer is not asked for a second at a time, so that requests fail at once instead of piling up.
/// </summary>
/// <remarks>
/// Opening is safe to repeat for reads and writes alike, as nothing has been sent yet. Attempts that run into the timeout are not repeated:
/// whoever waits has waited long enough.
/// </remarks>
internal sealed class ConnectionRetry : DbConnectionInterceptor
{
    private static readonly int[] Delays = [100, 200, 400, 600, 800, 1000]; // In milliseconds: 3.1 s, and up to a quarter more.

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is NpgsqlException { IsTransient: true }),
            FailureRatio = 0.5,
            MinimumThroughput = 4,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(1),
        })
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(ServerOutage.IsBrief(arguments.Outcome.Exception)),
            MaxRetryAttempts = Delays.Length,
            // Polly's own jitter may make the sum much smaller: a restart must fit into it.
            DelayGenerator = static arguments => ValueTask.FromResult<TimeSpan?>(
                TimeSpan.FromMilliseconds(Delays[arguments.AttemptNumber] + Random.Shared.Next(Delays[arguments.AttemptNumber] / 4))),
        })
        .Build();

    /// <inheritdoc/>
    public override async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        try
        {
            await _pipeline.ExecuteAsync(static async (connection, token) => await connection.OpenAsync(token), connection, cancellationToken);
            return InterceptionResult.Suppress();
        }
        catch (BrokenCircuitException exception)
        {
            throw new DatabaseUnreachableException("PostgreSQL could not be reached a moment ago; it is tried again in a second.", exception);
        }
        catch (NpgsqlException exception) when (exception.IsTransient)
        {
            throw new DatabaseUnreachableException("PostgreSQL cannot be reached.", exception);
        }
    }
}
