using System.Text.Json.Nodes;
using Functions.Http.Policies;
using Functions.Redis.RateLimiting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Says who may use a function, how often, and for how long its answers are cached.</summary>
internal sealed class PolicyTransformer : IOpenApiOperationTransformer
{
    private const string RateLimits = "x-rate-limits";
    private const string Administrator = "admin";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var function = context.Function();
        var limits = function.Policies<RateLimitAttribute>();
        operation.Security = SecurityOf(function, context.Document!);
        if (limits.Count > 0)
        {
            operation.AddExtension(RateLimits, new JsonNodeExtension(new JsonArray([.. limits.Select(Describe)])));
        }

        string[] paragraphs =
        [
            .. operation.Description is { } said ? [said] : Array.Empty<string>(),
            .. function.Policy<RequireAdminAttribute>() is not null ? ["For administrators."] : Array.Empty<string>(),
            .. function.Policy<CacheResultAttribute>() is { } cache ? [$"Cached for {cache.TtlSeconds} seconds, or until it changes."] : Array.Empty<string>(),
            .. limits.Select(limit => $"Rate limit `{limit.Policy}`: {limit.Limit} requests in {limit.WindowSeconds} seconds per {CountedBy(limit)}."),
        ];
        operation.Description = paragraphs.Length == 0 ? null : string.Join("\n\n", paragraphs);
        return Task.CompletedTask;
    }

    private static List<OpenApiSecurityRequirement> SecurityOf(FunctionDescriptor function, OpenApiDocument document)
    {
        // Of other schemes than OAuth the list names roles (OpenAPI 3.1, section 4.8.30).
        List<string> roles = function.Policy<RequireAdminAttribute>() is null ? [] : [Administrator];
        List<OpenApiSecurityRequirement> bySession =
        [
            new() { [new OpenApiSecuritySchemeReference(Shared.SessionHeader, document)] = roles },
            new() { [new OpenApiSecuritySchemeReference(Shared.SessionCookie, document)] = roles },
        ];
        return function.Policy<RequireSessionAttribute>() is not null ? bySession
            : function.Policy<OptionalSessionAttribute>() is not null ? [new OpenApiSecurityRequirement(), .. bySession]
            : [];
    }

    private static JsonObject Describe(RateLimitAttribute limit) => new()
    {
        ["policy"] = limit.Policy,
        ["limit"] = limit.Limit,
        ["window_seconds"] = limit.WindowSeconds,
        ["algorithm"] = limit.Algorithm switch
        {
            RateLimitAlgorithm.SlidingWindow => "sliding_window",
            RateLimitAlgorithm.FixedWindow => "fixed_window",
            RateLimitAlgorithm.TokenBucket => "token_bucket",
            _ => "concurrency",
        },
        ["counted_by"] = CountedBy(limit),
    };

    private static string CountedBy(RateLimitAttribute limit) => limit.Key switch
    {
        RateLimitKey.User => "user",
        RateLimitKey.Session => "session",
        RateLimitKey.Header => $"value of the header {limit.Header}",
        RateLimitKey.Function => "what the request names",
        _ => "client address",
    };
}
