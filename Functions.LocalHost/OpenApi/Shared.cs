using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>What operations share: parameters, headers, errors, ways to sign in. Operations refer to it by name.</summary>
internal static class Shared
{
    public const string Limit = "limit", Cursor = "cursor", IfMatch = "If-Match", IfNoneMatch = "If-None-Match",
        IdempotencyKey = "Idempotency-Key", LastEventId = "Last-Event-ID", RequestId = "X-Request-ID";

    public const string ETag = "ETag", CacheControl = "Cache-Control", XCache = "X-Cache", Vary = "Vary", Location = "Location", RetryAfter = "Retry-After";

    public const string SessionHeader = "session", SessionCookie = "cookie";

    /// <summary>The name of the schema of problem details.</summary>
    public const string Problem = "Problem";

    /// <summary>The response for whatever else goes wrong.</summary>
    public const string AnyError = "Error";

    /// <summary>The headers of every limited answer.</summary>
    public static readonly string[] RateLimitHeaders = ["RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];

    private static readonly Dictionary<int, (string Description, ProblemHttpResult Example)> Errors = new()
    {
        [400] = ("The request is not valid; `errors` says by field what is wrong with it.", Problems.Invalid("limit", "The value must be a whole number from 1 to 100.")),
        [401] = ("The request shows no session, or one that is closed or has expired.", Problems.Unauthorized("Missing session ID")),
        [403] = ("The caller may not do this, the address has to be verified first (a setting), or a page of another origin sent the request with the cookie.", Problems.Forbidden("Only administrators may do this")),
        [408] = ("The body did not come in time. The connection is closed.", Problems.Problem(408, "The request could not be read")),
        [409] = ("A request with this `Idempotency-Key` is still running.", Problems.Conflict("A request with this Idempotency-Key is still running")),
        [412] = ("The resource is not as `If-Match` or `If-None-Match` want it; nothing has changed.", Problems.PreconditionFailed()),
        [413] = ("The body is too large.", Problems.PayloadTooLarge(1024 * 1024)),
        [415] = ("The content type is none that the operation takes.", Problems.UnsupportedMediaType("application/json in UTF-8")),
        [422] = ("The `Idempotency-Key` was used for another request.", Problems.Unprocessable("This Idempotency-Key was used for another request")),
        [429] = ("The caller is over a limit, which `violated-policies` names. The request has used up nothing.", Problems.RateLimited(["search"])),
        [503] = ("Redis, PostgreSQL or Blob storage cannot be reached.", Problems.Unavailable()),
    };

    /// <summary>A reference to the error, or with a description of its own the error itself.</summary>
    public static IOpenApiResponse Error(int status, string? description, OpenApiDocument document) =>
        description is null && Errors.ContainsKey(status) ? new OpenApiResponseReference(ErrorName(status), document)
        : Error(status, description!, status == StatusCodes.Status400BadRequest ? Errors[status].Example : Problems.Problem(status, description!.TrimEnd('.')), document);

    /// <summary>Adds all of it to <paramref name="document"/>, once.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        if (document.Components?.Responses?.ContainsKey(AnyError) == true)
        {
            return;
        }

        AddParameters(document);
        AddHeaders(document);
        document.AddComponent(Problem, ProblemSchema());
        foreach (var (status, (description, example)) in Errors)
        {
            document.AddComponent<IOpenApiResponse>(ErrorName(status), Error(status, description, example, document));
        }

        document.AddComponent<IOpenApiResponse>(AnyError, Error(500, "Anything else that goes wrong, with its status.", Problems.InternalError(), document));
        document.AddComponent<IOpenApiSecurityScheme>(SessionHeader, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-Session-ID",
            Description = "The token that `POST /api/login` answers as `session_id`. It wins over the cookie.",
        });
        document.AddComponent<IOpenApiSecurityScheme>(SessionCookie, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Cookie,
            Name = "session",
            Description = "The signed cookie that `POST /api/login` sets for browsers, `HttpOnly` and `SameSite=Lax`; `__Host-session` where the application is set so.",
        });
    }

    private static string ErrorName(int status) => ((HttpStatusCode)status) switch
    {
        HttpStatusCode.RequestEntityTooLarge => "PayloadTooLarge",
        var name => name.ToString(),
    };

    private static OpenApiResponse Error(int status, string description, ProblemHttpResult example, OpenApiDocument document)
    {
        var headers = Headers(document, RequestId);
        if (status is 429 or 503)
        {
            headers[RetryAfter] = new OpenApiHeaderReference(RetryAfter, document);
        }

        foreach (var name in status == 429 ? RateLimitHeaders : [])
        {
            headers[name] = new OpenApiHeaderReference(name, document);
        }

        return new OpenApiResponse
        {
            Description = description,
            Headers = headers,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(Problem, document),
                    Example = JsonSerializer.SerializeToNode(example.ProblemDetails, ApiJson.Options),
                },
            },
        };
    }

    /// <summary>References to headers by their names.</summary>
    public static Dictionary<string, IOpenApiHeader> Headers(OpenApiDocument document, params IEnumerable<string> names) =>
        names.ToDictionary(name => name, name => (IOpenApiHeader)new OpenApiHeaderReference(name, document));

    private static void AddParameters(OpenApiDocument document)
    {
        Query(Limit, "How many items a page has at most.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1", Maximum = "100", Default = 20 });
        Query(Cursor, "`next_cursor` of the page before; without it the first page.", Text());
        Header(IfMatch, "Only if the resource has one of these entity tags, such as `\"mJ9s0Yx2kQ7v\"`; `*` stands for any.", Text());
        Header(IfNoneMatch, "Only if the resource has none of these entity tags, such as `\"mJ9s0Yx2kQ7v\"`. A GET is answered 304 if it has.", Text());
        Header(
            IdempotencyKey,
            "Such as `order-4711`: the same key by the same caller within 24 hours gets the first answer again, and nothing is made twice.",
            new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255, Pattern = "^[!-~]+$" });
        Header(LastEventId, "The id of the last event that the client has, such as `1763892000000000-1763892000000001`; the stream goes on behind it.", Text());
        Header(RequestId, "An id for the request, such as `checkout-42`, which the answer and the logs show; without it one is made.", RequestIdSchema());

        // Examples stand in the sentences: the page of the API would send their values.
        void Query(string name, string description, OpenApiSchema schema) => Add(name, ParameterLocation.Query, description, schema);
        void Header(string name, string description, OpenApiSchema schema) => Add(name, ParameterLocation.Header, description, schema);
        void Add(string name, ParameterLocation place, string description, OpenApiSchema schema) => document.AddComponent<IOpenApiParameter>(
            name, new OpenApiParameter { Name = name, In = place, Description = description, Schema = schema });
    }

    private static void AddHeaders(OpenApiDocument document)
    {
        Add(RequestId, "The id of the request: the caller's, or a new one.", RequestIdSchema(), "018f3c5e9b7a7d2c8e1f6a5b4c3d2e1f", isRequired: true);
        Add(ETag, "The entity tag of the resource, for `If-Match` and `If-None-Match`.", Text(), "\"mJ9s0Yx2kQ7vZ1c3b5n7m9\"", isRequired: true);
        Add(CacheControl, "`no-cache`: a client may keep the answer, and asks each time whether it still holds.", Text(), "public, no-cache", isRequired: true);
        Add(XCache, "Where the answer comes from.", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["hit", "miss", "stale", "bypass"] }, "hit", isRequired: true);
        Add(Vary, "The request headers that the answer depends on.", Text(), "X-Session-ID, Cookie", isRequired: true);
        Add(Location, "The address of what was made, if it has one.", new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri-reference" }, "/api/products/7");
        Add(RetryAfter, "When to come again, in seconds.", Whole(), 5);
        Add("RateLimit-Policy", "The limits that apply: quota and window in seconds (draft-ietf-httpapi-ratelimit-headers-10).", Text(), "\"search\";q=30;w=60", isRequired: true);
        Add("RateLimit", "What is left of each, and the seconds until there is more.", Text(), "\"search\";r=12;t=30", isRequired: true);
        Add("X-RateLimit-Limit", "The quota of the tightest limit.", Whole(), 30, isRequired: true);
        Add("X-RateLimit-Remaining", "What is left of it.", Whole(), 12, isRequired: true);
        Add("X-RateLimit-Reset", "When there is more, in Unix seconds.", Whole(), 1763892030, isRequired: true);

        void Add(string name, string description, OpenApiSchema schema, JsonNode example, bool isRequired = false) => document.AddComponent<IOpenApiHeader>(
            name, new OpenApiHeader { Description = description, Schema = schema, Example = example, Required = isRequired });
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457) with one member more, `error`.",
        Required = new HashSet<string> { "title", "status", "error" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri-reference", Description = "What kind of error it is." },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The status in words." },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The status." },
            ["error"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong, as a short sentence." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "What is wrong by field, of an invalid request; under `body` what no single field caused.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
            ["violated-policies"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "The rate limits that refuse the request.",
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        },
    };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Whole() => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" };

    private static OpenApiSchema RequestIdSchema() => new() { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 128, Pattern = "^[A-Za-z0-9._-]+$" };
}
