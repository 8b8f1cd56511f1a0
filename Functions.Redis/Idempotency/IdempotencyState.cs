namespace Functions.Redis.Idempotency;

/// <summary>What an idempotency key is used for.</summary>
public enum IdempotencyState
{
    /// <summary>By this request: it may run.</summary>
    Claimed,

    /// <summary>By an earlier request that has not finished.</summary>
    Running,

    /// <summary>By an earlier request with other content.</summary>
    Different,

    /// <summary>By an earlier request that has been answered.</summary>
    Answered,
}
