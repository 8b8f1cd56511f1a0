namespace Functions.Redis.Idempotency;

/// <summary>The result of claiming an idempotency key.</summary>
/// <param name="State">What the key is used for.</param>
/// <param name="Token">Names the claim when the request completes; empty unless it was claimed.</param>
/// <param name="Answer">The earlier answer; empty unless there is one.</param>
public readonly record struct IdempotencyClaim(IdempotencyState State, string Token, ReadOnlyMemory<byte> Answer);
