namespace Functions.Shop;

/// <summary>The demo shop. Settings: <c>Shop__…</c>.</summary>
public sealed class ShopOptions
{
    /// <summary>Whether <c>GET /api/shop</c> answers with the shop; else it is unknown (404). Default: in Development only.</summary>
    public bool? Enabled { get; set; }
}
