namespace Functions.Http;

/// <summary>
/// A policy that can ask Redis before the policies in front of it have decided, so that the commands of one request travel together.
/// </summary>
/// <remarks>
/// The pipeline calls <see cref="Begin"/> of all of them, one after the other, before it runs the first; each then awaits its answer when
/// its turn comes. What is begun may be in vain, as a policy in front may answer the request. So it must be harmless: a read, or a count
/// that is right whatever the others say, or one that <see cref="Abandon"/> takes back.
/// </remarks>
public interface IEarlyHttpPolicy : IHttpPolicy
{
    /// <summary>Sends commands, does not wait for them, and keeps their tasks with the request.</summary>
    void Begin(HttpInvocation invocation);

    /// <summary>Called when the request has been answered; takes back what was begun and not used.</summary>
    void Abandon(HttpInvocation invocation)
    {
    }
}
