namespace Functions.Http;

internal static class TaskExtensions
{
    /// <summary>The same task; if nobody comes to await it, its failure is nobody's.</summary>
    public static Task<T> OrForgotten<T>(this Task<T> task)
    {
        _ = task.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return task;
    }
}
