namespace Functions.Http;

/// <summary>What is known of a page beside its items.</summary>
public interface IPage
{
    /// <summary>How many bytes of JSON the items are; 0 where nobody has counted.</summary>
    long Bytes { get; }

    /// <summary>Whether the cursor that asked for the page is that of an item, or there was none. Callers can make up as many others as they like.</summary>
    bool IsOfKnownCursor { get; }

    /// <summary>Whether it has no items.</summary>
    bool IsEmpty { get; }
}
