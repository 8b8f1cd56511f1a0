namespace Functions.LocalHost.Embedded;

/// <summary>Progress for the steps of a start that somebody waits for.</summary>
internal static class SlowStep
{
    private static readonly TimeSpan Threshold = TimeSpan.FromSeconds(1);

    /// <summary>Reports <paramref name="message"/> if <paramref name="step"/> takes longer than a second.</summary>
    public static async Task ReportIfSlowAsync(this Task step, string message, Action<string> report)
    {
        if (await Task.WhenAny(step, Task.Delay(Threshold)) != step)
        {
            report(message);
        }

        await step;
    }
}
