using Functions.Redis.Backoff;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the backoff of logins.</summary>
public static class LoginBackoffServiceCollectionExtensions
{
    /// <summary>Adds <see cref="LoginBackoff"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static OptionsBuilder<LoginBackoffOptions> AddLoginBackoff(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<LoginBackoffOptions>>().Value);
        services.TryAddSingleton<LoginBackoff>();
        return services.AddOptions<LoginBackoffOptions>().ValidateSettings("LoginBackoff");
    }
}
