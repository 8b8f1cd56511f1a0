using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Functions.Http.Policies;

/// <summary>Tells browsers which other origins may call the API (CORS), and answers their preflight requests.</summary>
public sealed class CrossOriginPolicy(HttpOptions options, RouteTable routes, ILoggerFactory loggers) : IHttpPolicy
{
    private static readonly TimeSpan PreflightLifetime = TimeSpan.FromMinutes(10);

    private static readonly string[] ReadableHeaders =
        ["ETag", "Location", "Retry-After", "X-Cache", "X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"];

    private readonly CorsService _cors = new(Options.Create(new CorsOptions()), loggers);

    private readonly CorsPolicy? _allowed = options.AllowedOrigins.Count == 0 ? null
        : new CorsPolicyBuilder([.. options.AllowedOrigins])
            .AllowAnyMethod()
            .AllowAnyHeader()
            .WithExposedHeaders(ReadableHeaders)
            .SetPreflightMaxAge(PreflightLifetime)
            .Build();

    /// <inheritdoc/>
    public Task<object?> InvokeAsync(HttpInvocation invocation, Func<Task<object?>> next)
    {
        var http = invocation.Http;
        if (_allowed is null || !http.Request.Headers.ContainsKey("Origin"))
        {
            return next();
        }

        var result = _cors.EvaluatePolicy(http, _allowed);
        result.VaryByOrigin = false; // VaryPolicy has said so, also where there is no origin.
        if (!result.IsPreflightRequest)
        {
            _cors.ApplyResult(result, http.Response);
            return next();
        }

        if (result.IsOriginAllowed && routes.MethodsAt(http) is { Count: > 0 } methods)
        {
            result.AllowedMethods.Clear();
            foreach (var method in methods)
            {
                result.AllowedMethods.Add(method);
            }
        }

        _cors.ApplyResult(result, http.Response);
        http.Response.Headers.AddVary("Access-Control-Request-Method", "Access-Control-Request-Headers");
        return Task.FromResult<object?>(TypedResults.NoContent());
    }
}
