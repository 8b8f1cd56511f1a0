namespace Functions.Data;

/// <summary>A product sold. What it was called and cost then stays, whatever becomes of the product.</summary>
public sealed class Sale
{
    public long Id { get; init; }

    /// <summary>Null when the product has been deleted.</summary>
    public int? ProductId { get; init; }

    public required string ProductName { get; init; }

    public int Quantity { get; init; }

    public decimal UnitPrice { get; init; }

    public DateTimeOffset SoldAt { get; init; }
}
