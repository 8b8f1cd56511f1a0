using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>A decision as a lease; its metadata tell how to retry and what is left. Disposing it gives concurrency permits back.</summary>
public sealed class RedisRateLimitLease : RateLimitLease
{
    /// <summary>The name of the metadata that is the whole <see cref="RateLimitDecision"/>.</summary>
    public static readonly MetadataName<RateLimitDecision> DecisionMetadata = MetadataName.Create<RateLimitDecision>("DECISION");

    internal static readonly RedisRateLimitLease NotDecided = new(default);

    private readonly RateLimitDecision _decision;
    private readonly IAsyncDisposable? _held;

    internal RedisRateLimitLease(RateLimitDecision decision, IAsyncDisposable? held = null) => (_decision, _held) = (decision, held);

    /// <inheritdoc/>
    public override bool IsAcquired => _decision.IsAllowed;

    /// <inheritdoc/>
    public override IEnumerable<string> MetadataNames =>
        this == NotDecided ? [] : IsAcquired ? [DecisionMetadata.Name] : [DecisionMetadata.Name, MetadataName.RetryAfter.Name];

    /// <inheritdoc/>
    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = this == NotDecided ? null
            : metadataName == DecisionMetadata.Name ? _decision
            : metadataName == MetadataName.RetryAfter.Name && !IsAcquired ? _decision.RetryAfter
            : null;
        return metadata is not null;
    }

    // The abstraction disposes synchronously: the command is sent, its answer is not awaited. If it is lost, the lease ends by itself.
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _held is not null)
        {
            _ = ReleaseAsync(_held);
        }

        base.Dispose(disposing);
    }

    private static async Task ReleaseAsync(IAsyncDisposable held) => await held.DisposeAsync();
}
