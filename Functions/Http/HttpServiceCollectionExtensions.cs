using Functions.Accounts;
using Functions.Http.Pages;
using Functions.Http.Policies;
using Functions.Redis.Idempotency;
using Functions.Redis.Sessions;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Functions.Http;

/// <summary>Registers what all endpoints share.</summary>
internal static class HttpServiceCollectionExtensions
{
    /// <summary>Adds the HTTP pipeline. The order of the policies here is the order in which a request passes them.</summary>
    public static IServiceCollection AddHttpPipeline(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        services.Configure<JsonOptions>(options => ApiJson.Configure(options.SerializerOptions));
        services.AddOptions<HttpOptions>().BindSettings("Http");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<HttpOptions>>().Value);
        services.AddSingleton<ClientAddress>();
        services.AddSingleton<UnsentAnswers>();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<PageFiles>();
        services.AddOptions<SessionCookieOptions>().BindSettings("Sessions");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<SessionCookieOptions>>().Value);
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<SessionRenewal>();
        var secretKeys = SecretKeys.Read(configuration, environment).ToArray();
        services.AddSingleton(new SessionCookieSigner(secretKeys));
        services.AddSingleton(new BodyFingerprint(secretKeys));
        if (SecretKeys.IsMissing(configuration))
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<DevelopmentSecretKey>(provider, (IReadOnlyList<string>)secretKeys));
        }

        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<RateLimitSettings>();
        services.AddSingleton<FunctionRateLimits>();
        services.AddSingleton<IHybridCacheSerializer<StoredAnswer>, StoredAnswerSerializer>();

        services.AddSingleton<IHttpPolicy, RequestCountPolicy>();
        services.AddSingleton<IHttpPolicy, RequestIdPolicy>();
        services.AddSingleton<IHttpPolicy, ServerTimingPolicy>();
        services.AddSingleton<IHttpPolicy, SecurityHeadersPolicy>();
        services.AddSingleton<IHttpPolicy, VaryPolicy>();
        services.AddSingleton<IHttpPolicy, CrossOriginPolicy>();
        services.AddSingleton<IHttpPolicy, ErrorPolicy>();
        services.AddSingleton<IHttpPolicy, BodyLimitPolicy>();
        services.AddSingleton<IHttpPolicy, SessionPolicy>();
        services.AddSingleton<IHttpPolicy, RateLimitHttpPolicy>();
        services.AddSingleton<IHttpPolicy, VerifiedEmailPolicy>();
        services.AddSingleton<IHttpPolicy, AuditPolicy>();
        services.AddSingleton<IHttpPolicy, IdempotencyPolicy>();
        services.AddSingleton<IHttpPolicy, CacheResultPolicy>();
        services.AddSingleton<IHttpPolicy, LargePagePolicy>();
        services.AddSingleton<HttpPipeline>();
        services.AddHostedService<HttpPipelineStart>();
        return services;
    }
}
