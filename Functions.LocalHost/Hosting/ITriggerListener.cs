namespace Functions.LocalHost.Hosting;

/// <summary>Waits for whatever triggers one function, and runs it.</summary>
internal interface ITriggerListener
{
    /// <summary>Listens until <paramref name="stopping"/>; done when the last function that it started is done.</summary>
    /// <param name="aborting">Cancels the running functions; comes later than <paramref name="stopping"/>.</param>
    Task RunAsync(CancellationToken stopping, CancellationToken aborting);
}
