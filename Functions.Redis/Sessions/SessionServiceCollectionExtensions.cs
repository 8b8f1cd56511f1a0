using Functions.Redis.Sessions;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers sessions.</summary>
public static class SessionServiceCollectionExtensions
{
    /// <summary>Adds <see cref="SessionStore"/>. Needs the connection of <c>AddRedis</c>.</summary>
    public static OptionsBuilder<SessionOptions> AddRedisSessions(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<SessionOptions>>().Value);
        services.TryAddSingleton<SessionStore>();
        return services.AddOptions<SessionOptions>().ValidateSettings("Sessions");
    }
}
