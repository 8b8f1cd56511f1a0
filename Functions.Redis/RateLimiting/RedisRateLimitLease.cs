using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>A decision as a lease; its metadata tell how to retry and what is left.</summary>
public sealed class RedisRateLimitLease : RateLimitLease
{
    /// <summary>The name of the metadata that is the whole <see cref="RateLimitDecision"/>.</summary>
    public static readonly MetadataName<RateLimitDecision> DecisionMetadata = MetadataName.Create<RateLimitDecision>("DECISION");

    internal static readonly RedisRateLimitLease NotDecided = new(default);

    private readonly RateLimitDecision _decision;

    internal RedisRateLimitLease(RateLimitDecision decision) => _decision = decision;

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
}
