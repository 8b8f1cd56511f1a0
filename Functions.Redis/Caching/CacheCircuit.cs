using Functions.Redis.Connections;
using Polly;
using Polly.CircuitBreaker;

namespace Functions.Redis.Caching;

/// <summary>
/// Keeps reads from waiting for a Redis that does not answer: after two failures nobody asks it for a while, then one reader tries.
/// </summary>
/// <remarks>While all is well the circuit costs a look at its state; only failures, and what happens until it is closed again, go through it.</remarks>
internal sealed class CacheCircuit
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _pipeline;

    public CacheCircuit(CacheOptions options, TimeProvider time) => _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } exception && IsOutage(exception)),
            FailureRatio = 1, // Successes are not counted while the circuit is closed.
            MinimumThroughput = 2,
            // Long enough for two failures of one caller after the other, who wait for the whole timeout each.
            SamplingDuration = TimeSpan.FromSeconds(1) + (2 * options.RedisTimeout),
            BreakDuration = options.CircuitBreakDuration,
            StateProvider = _state,
        })
        .Build();

    /// <summary>Whether Redis may be asked directly.</summary>
    public bool IsClosed => _state.CircuitState == CircuitState.Closed;

    /// <summary>Whether an exception means that Redis cannot be used at the moment, the open circuit included.</summary>
    public static bool IsOutage(Exception exception) =>
        exception is BrokenCircuitException or CacheTimeoutException || RedisFailure.IsOutage(exception);

    /// <summary>Asks Redis if it is this caller's turn to try.</summary>
    /// <exception cref="BrokenCircuitException">It is not.</exception>
    public ValueTask<T> TryAsync<T>(Func<Task<T>> command) =>
        _pipeline.ExecuteAsync(static async (command, _) => await command(), command);

    /// <summary>
    /// Counts a failure of a command that was sent directly. That nothing was sent because the circuit is open is none; nor is that Redis takes
    /// no writes, as it can be read.
    /// </summary>
    public void Count(Exception failure)
    {
        if (failure is BrokenCircuitException || RedisFailure.RefusesWrites(failure))
        {
            return;
        }

        try
        {
            _pipeline.Execute(static failure => throw failure, failure);
        }
        catch (Exception exception) when (exception == failure || exception is BrokenCircuitException)
        {
            // Counted, or the circuit is open already.
        }
    }
}
