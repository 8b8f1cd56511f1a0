namespace Functions.Redis.Idempotency;

/// <summary>The result of claiming an idempotency key.</summary>
/// <param name="State">What the key is used for.</param>
public readonly record struct IdempotencyClaim(IdempotencyState State)
{
    /// <summary>What has to be completed; null unless the key was claimed.</summary>
    public IdempotencyAttempt? Attempt { get; init; }

    /// <summary>The earlier answer; empty unless there is one.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>When the claim of the attempt that runs ends unless that renews it; zero if none runs.</summary>
    public TimeSpan EndsWithin { get; init; }
}
