using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Functions.Shop;

/// <summary>Registers the demo shop.</summary>
internal static class ShopServiceCollectionExtensions
{
    public static IServiceCollection AddShop(this IServiceCollection services)
    {
        services.AddOptions<ShopOptions>().BindSettings("Shop");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ShopOptions>>().Value);
        services.AddSingleton<DemoShop>();
        return services;
    }
}
