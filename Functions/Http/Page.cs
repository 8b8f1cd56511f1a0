using System.Text.Json.Serialization;

namespace Functions.Http;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="NextCursor">Asks for the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor) : IPage
{
    /// <inheritdoc/>
    [JsonIgnore]
    public long Bytes { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsOfKnownCursor { get; init; } = true;

    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsEmpty => Items.Count == 0;
}
