using System.Globalization;

namespace Functions.Events;

/// <summary>How far a client is: the last event that it has of each channel. It is the <c>id</c> of the events of a stream.</summary>
/// <param name="Broadcast">On <c>broadcast</c>; null for a client that has none.</param>
/// <param name="User">On the user's own channel; null for a client that has none.</param>
public readonly record struct StreamPosition(long? Broadcast, long? User)
{
    /// <summary>Reads an id; empty is a client that comes for the first time.</summary>
    public static bool TryParse(string text, out StreamPosition position)
    {
        position = default;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0
            || !long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var broadcast)
            || !long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            || broadcast > MaximumSequence || user > MaximumSequence)
        {
            return false;
        }

        position = new StreamPosition(broadcast, user);
        return true;
    }

    // Redis' scores are exact up to here.
    private const long MaximumSequence = 1L << 53;
}
