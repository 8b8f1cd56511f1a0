namespace Functions.Redis.Events;

/// <summary>How a client's position relates to what there is to read.</summary>
public enum SubscriptionState
{
    /// <summary>What was read follows the position.</summary>
    Continuous,

    /// <summary>Events behind the position have left the history; what was read follows them.</summary>
    HistoryLost,

    /// <summary>The client had come up to the newest events, and has fallen too far behind.</summary>
    TooSlow,
}
