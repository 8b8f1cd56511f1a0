namespace Functions.Tests.Faults.MixedLoad;

/// <summary>One request and what became of it.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="At">When it was sent, since the load began.</param>
/// <param name="Duration">Until its answer was read, or its failure known.</param>
/// <param name="Status">The status of the answer; 0 if there was none.</param>
/// <param name="HasRetryAfter">Whether the answer says when to try again.</param>
/// <param name="Detail">Method and path, and the problem if there is one.</param>
public readonly record struct LoadRequest(LoadKind Kind, TimeSpan At, TimeSpan Duration, int Status, bool HasRetryAfter, string Detail)
{
    public TimeSpan End => At + Duration;

    /// <summary>Neither success, nor an answer that tells the caller of its own mistake: no answer, a failure, or a session that is gone.</summary>
    public bool IsFailed => Status is 0 or 401 or >= 500;

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{At.TotalSeconds:0.00} s: {Detail}: {(Status == 0 ? "no answer" : $"{Status}")} after {Duration.TotalSeconds:0.00} s");
}
