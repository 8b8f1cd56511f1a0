using Microsoft.EntityFrameworkCore;
using Polly;
using Polly.Retry;

namespace Functions.Data;

/// <summary>Reads from the database that outlive connections that are lost.</summary>
/// <remarks>
/// Reading changes nothing, so it is repeated. Writes are not: when the connection is lost during a commit nobody knows whether it has
/// happened, and the caller, who is answered 503, repeats the request with its <c>Idempotency-Key</c> or looks first.
/// </remarks>
internal static class DatabaseReads
{
    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(IsLost(arguments.Outcome.Exception)),
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <summary>Runs <paramref name="read"/>, again with a new connection if the one that it had is lost. It must not change anything.</summary>
    public static async Task<T> ReadAsync<T>(
        this IDbContextFactory<AppDbContext> contexts, Func<AppDbContext, Task<T>> read, CancellationToken cancellationToken) =>
        await Retry.ExecuteAsync(
            static async (source, token) =>
            {
                await using var context = await source.contexts.CreateDbContextAsync(token);
                return await source.read(context);
            },
            (contexts, read),
            cancellationToken);

    // Connections that cannot be opened have been tried often enough.
    private static bool IsLost(Exception? exception) => ServerOutage.IsBrief(exception) && exception is not DatabaseUnreachableException;
}
