namespace Functions.Notifications;

/// <summary>Tells users of what has happened. Register as many as there are ways, such as Web Push beside the list of notifications.</summary>
public interface IPushSender
{
    /// <summary>
    /// Tells one user. It may be called again for the same <see cref="Push.EventId"/>, when it or another sender has failed or the process
    /// has died in between; who must not tell twice has to remember the id.
    /// </summary>
    Task SendAsync(Push push, CancellationToken cancellationToken);
}
