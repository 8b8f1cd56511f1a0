using System.Diagnostics;

namespace Functions.Tests.LocalHost;

/// <summary>Polls for a condition until a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Deadline, $"Not within {Deadline}: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
