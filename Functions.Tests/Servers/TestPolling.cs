using System.Diagnostics;

namespace Functions.Tests.Servers;

/// <summary>Waits for what happens some time, without sleeping longer than needed.</summary>
public static class TestPolling
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Asks until the condition holds, and fails the test when it does not within the deadline. A condition that throws does not hold
    /// yet; one that hangs fails at the deadline too.
    /// </summary>
    /// <param name="what">What is awaited, as the end of the sentence "Waited 5 s in vain for …".</param>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, TimeSpan deadline, string what)
    {
        var elapsed = Stopwatch.StartNew();
        Exception? last = null;
        do
        {
            try
            {
                var remaining = deadline - elapsed.Elapsed;
                if (await condition().WaitAsync(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero))
                    return;
                last = null;
            }
            catch (Exception exception) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                last = exception;
            }
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
        while (elapsed.Elapsed < deadline);

        Assert.Fail($"Waited {deadline.TotalSeconds:0.###} s in vain for {what}.{(last is null ? "" : $" The last attempt threw {last}")}");
    }
}
