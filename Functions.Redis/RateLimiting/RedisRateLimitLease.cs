using System.Threading.RateLimiting;

namespace Functions.Redis.RateLimiting;

/// <summary>A decision as a lease; its metadata tell how to retry and what is left. Disposing it gives concurrency permits back.</summary>
public sealed class RedisRateLimitLease : RateLimitLease
{
    /// <summary>The name of the metadata that is the whole <see cref="RateLimitDecision"/>.</summary>
    public static readonly MetadataName<RateLimitDecision> DecisionMetadata = MetadataName.Create<RateLimitDecision>("DECISION");

    internal static readonly RedisRateLimitLease NotDecided = new(default);

    private readonly RateLimitDecision _decision;
    private readonly IDisposable? _held;

    internal RedisRateLimitLease(RateLimitDecision decision, IDisposable? held = null) => (_decision, _held) = (decision, held);

    /// <inheritdoc/>
    public override bool IsAcquired => _decision.IsAllowed;

    /// <inheritdoc/>
    public override IEnumerable<string> MetadataNames =>
        this == NotDecided ? []
        : IsAcquired ? [DecisionMetadata.Name]
        : [DecisionMetadata.Name, MetadataName.RetryAfter.Name, MetadataName.ReasonPhrase.Name];

    /// <inheritdoc/>
    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = this == NotDecided ? null
            : metadataName == DecisionMetadata.Name ? _decision
            : IsAcquired ? null
            : metadataName == MetadataName.RetryAfter.Name ? _decision.RetryAfter
            : metadataName == MetadataName.ReasonPhrase.Name ? $"The limit of {_decision.Limit} permits is reached"
            : null;
        return metadata is not null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _held?.Dispose();
        }

        base.Dispose(disposing);
    }
}
