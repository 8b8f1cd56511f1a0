using Functions.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.LocalHost;

/// <summary>The pages of the application that a person opens first, as far as it has them.</summary>
internal static class FrontDoor
{
    /// <summary>Names and paths, without the leading slash; the first one is where <c>GET /</c> leads.</summary>
    public static IReadOnlyList<(string Name, string Path)> Of(IServiceProvider services)
    {
        var functions = services.GetRequiredService<FunctionCatalog>().All;
        (string Name, string Path)[] pages = [("Shop", "api/shop"), ("API", "api/docs"), ("Console", "api/console"), ("Health", "api/health")];
        return [.. pages.Where(page =>
            functions.Any(function => function.Http is not null && function.Route == page.Path)
            && (page.Path != "api/shop" || services.GetService<DemoShop>() is { IsOpen: true }))];
    }
}
