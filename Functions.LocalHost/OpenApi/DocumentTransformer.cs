using Functions.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Says what the application is, and what holds for all of its operations.</summary>
internal sealed class DocumentTransformer(FunctionCatalog catalog, XmlComments comments) : IOpenApiDocumentTransformer
{
    private const string Version = "1.0.0";

    private const string Description =
        """
        A small shop with accounts, products, posts, search, messages, live events, reports and images.

        **JSON** has names in `snake_case`, in UTF-8; times are RFC 3339 in UTC. `HEAD` works wherever `GET` does.

        **Sign in** with `POST /api/login`: send its `session_id` as `X-Session-ID`, or let the browser send the cookie. A request that changes something and is authenticated by
        the cookie alone must come from a page of the same origin.

        **Errors** are problem details (RFC 9457) with the member `error`, a short sentence. A path that nobody answers is 404, a wrong method 405 with `Allow`.

        **Rate limits** are told by `RateLimit-Policy` and `RateLimit`, and for older clients by `X-RateLimit-…`; a 429 has `Retry-After`. `x-rate-limits` lists those of an operation; settings change them.

        **Lists** take `limit` and `cursor` and answer `items` and `next_cursor`, until that is `null`. A page may be shorter than `limit`.

        **Caching**: an answer with `ETag` can be asked for again with `If-None-Match` (304), and changed with `If-Match` (412 if somebody was faster).

        **Repeating** a `POST` that creates something is safe with an `Idempotency-Key`.
        """;

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Serverless backend",
            Version = Version,
            Description = Description.ReplaceLineEndings("\n"),
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "Where the document comes from." }];
        document.Tags = new HashSet<OpenApiTag>(catalog.All
            .Where(function => function.Http is not null && function.Name != NotFoundFunctions.Name)
            .GroupBy(FunctionMetadata.Feature)
            .OrderBy(feature => feature.Key, StringComparer.Ordinal)
            .Select(feature => new OpenApiTag
            {
                Name = feature.Key,
                Description = string.Join(' ', feature.Select(function => comments.Summary(function.Method.DeclaringType!)).OfType<string>().Distinct()),
            }));
        Shared.AddTo(document);
        return Task.CompletedTask;
    }
}
