using System.Diagnostics;
using Functions.Redis.Tasks;

namespace Functions.Benchmarks.Tasks;

/// <summary>Does nothing, and tells when.</summary>
internal sealed class NoOpHandler(NoOpHandler.Probe probe) : ITaskHandler<NoOpHandler.Payload>
{
    public Task<object?> HandleAsync(Payload payload, TaskContext context, CancellationToken cancellationToken)
    {
        probe.Started();
        return Task.FromResult<object?>(null);
    }

    internal sealed record Payload(string Text);

    /// <summary>Counts starts; tells the time of the last one.</summary>
    internal sealed class Probe
    {
        private TaskCompletionSource<long> _next = new();
        private long _remaining = 1;

        /// <summary>Ends with the timestamp of the <paramref name="count"/>th start from now.</summary>
        public Task<long> AfterAsync(long count)
        {
            _next = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _remaining, count);
            return _next.Task;
        }

        public void Started()
        {
            if (Interlocked.Decrement(ref _remaining) == 0)
            {
                _next.SetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}
