using System.Collections.Concurrent;

namespace Functions.Tests.Connections;

/// <summary>Runs code as a window's thread does: whatever follows an <c>await</c> comes back to the one thread, which must not wait for it.</summary>
internal sealed class SingleThread : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _work = [];

    public override void Post(SendOrPostCallback d, object? state) => _work.Add((d, state));

    /// <summary>Runs <paramref name="code"/> on a thread of its own; what is left of it when it has ended is not run any more.</summary>
    public static Task RunAsync(Func<Task> code)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            var context = new SingleThread();
            SetSynchronizationContext(context);
            var running = code();
            while (!running.IsCompleted)
            {
                if (context._work.TryTake(out var work, TimeSpan.FromMilliseconds(10)))
                    work.Callback(work.State);
            }

            ended.SetFromTask(running);
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return ended.Task;
    }
}
