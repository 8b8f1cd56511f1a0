using Microsoft.Extensions.Hosting;

namespace Functions.Shop;

/// <summary>Whether there is a shop, and who may enter it by one click.</summary>
public sealed class DemoShop(ShopOptions options, IHostEnvironment environment)
{
    /// <summary>Whether the shop is served at all.</summary>
    public bool IsOpen { get; } = options.Enabled ?? environment.IsDevelopment();

    /// <summary>The accounts of the demo data, in Development; elsewhere there are none.</summary>
    public IReadOnlyList<DemoAccount> Accounts { get; } = environment.IsDevelopment() ? DemoAccount.All : [];
}
