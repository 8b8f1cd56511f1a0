namespace Functions.Tests.Faults.EventSources;

/// <summary>An <c>EventSource</c> that others have written, connected to <c>GET /events</c>. It reconnects by itself, or gives up.</summary>
public interface IEventSource : IAsyncDisposable
{
    /// <summary>What its page has seen so far.</summary>
    Task<SeenEvents> ReadAsync();
}
