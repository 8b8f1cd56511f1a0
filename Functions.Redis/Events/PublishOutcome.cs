namespace Functions.Redis.Events;

/// <summary>What became of an event that was published.</summary>
public enum PublishOutcome
{
    /// <summary>It is in the history now and was sent to whoever listens.</summary>
    Published,

    /// <summary>It was in the history already and is not handled yet.</summary>
    Pending,

    /// <summary>It was in the history already and has been handled.</summary>
    Handled,

    /// <summary>It was not published: the event that must be before it is not in the history, because the server has lost it.</summary>
    PredecessorLost,
}
