using System.Globalization;
using Functions.Http.Policies;
using Functions.OpenApi;
using Functions.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Describes what a function answers: its own answers, and the errors and headers that follow from its policies.</summary>
internal sealed class AnswerTransformer(FunctionCatalog catalog, XmlComments comments) : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var function = context.Function();
        var document = context.Document!;
        Shared.AddTo(document);
        var described = comments.Responses(function.Method);
        var responses = new OpenApiResponses();
        foreach (var (status, response) in (operation.Responses ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (response is OpenApiResponse own)
            {
                var code = int.Parse(status, CultureInfo.InvariantCulture);
                own.Description = described.GetValueOrDefault(code) ?? comments.Summary(function.Method) ?? own.Description;
                own.Headers = HeadersOf(function, code, document);
                responses[status] = own;
            }
        }

        foreach (var status in ErrorsOf(function, context.Method()).Concat(described.Keys.Where(status => status >= 400)).Distinct().Order())
        {
            responses.TryAdd(status.ToString(CultureInfo.InvariantCulture), Shared.Error(status, DescriptionOf(status, function, described), document));
        }

        if (context.Method() is "GET" or "HEAD" && function.HasETag())
        {
            responses["304"] = new OpenApiResponse { Description = "The client's copy still holds.", Headers = Shared.Headers(document, Shared.RequestId, Shared.ETag) };
        }

        responses["default"] = new OpenApiResponseReference(Shared.AnyError, document);
        operation.Responses = [];
        foreach (var (status, response) in responses.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            operation.Responses[status] = context.IsHead() ? WithoutBody(response) : response;
        }

        return Task.CompletedTask;
    }

    private IEnumerable<int> ErrorsOf(FunctionDescriptor function, string method)
    {
        var hasBody = function.Policy<RequestBodyAttribute>() is not null;
        var isIdempotent = function.Policy<IdempotentAttribute>() is not null;
        return
        [
            .. hasBody || isIdempotent || function.IsPaged() || function.Policy<QueryParameterAttribute>() is not null ? [400] : Array.Empty<int>(),
            .. function.Policy<RequireSessionAttribute>() is not null ? [401] : Array.Empty<int>(),
            .. function.MayBeForbidden(method) ? [403] : Array.Empty<int>(),
            .. hasBody ? [408, 413, 415] : Array.Empty<int>(),
            .. isIdempotent ? [409, 422] : Array.Empty<int>(),
            .. function.IsConditional(catalog, method) ? [412] : Array.Empty<int>(),
            .. function.Policy<RateLimitAttribute>() is not null ? [429] : Array.Empty<int>(),
            .. function.NeedsServers() && function.Policy<EventStreamAttribute>() is null ? [503] : Array.Empty<int>(),
        ];
    }

    private static Dictionary<string, IOpenApiHeader> HeadersOf(FunctionDescriptor function, int status, OpenApiDocument document)
    {
        var headers = Shared.Headers(document,
        [
            Shared.RequestId,
            .. function.HasETag() ? [Shared.ETag] : Array.Empty<string>(),
            .. function.Policy<EntityTaggedAttribute>() is not null ? [Shared.CacheControl] : Array.Empty<string>(),
            .. function.Policy<CacheResultAttribute>() is not null ? [Shared.CacheControl, Shared.XCache] : Array.Empty<string>(),
            .. function.Policy<RequireSessionAttribute>() is not null || function.Policy<OptionalSessionAttribute>() is not null ? [Shared.Vary] : Array.Empty<string>(),
            .. function.Policy<RateLimitAttribute>() is not null ? Shared.RateLimitHeaders : [],
            .. status == StatusCodes.Status201Created || function.Results().Contains(typeof(TaskAcceptedAnswer)) ? [Shared.Location] : Array.Empty<string>(),
        ]);
        foreach (var header in function.Policies<ResponseHeaderAttribute>().Where(header => header.Status == status))
        {
            headers[header.Name] = new OpenApiHeader { Description = header.Description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        return headers;
    }

    private static string? DescriptionOf(int status, FunctionDescriptor function, IReadOnlyDictionary<int, string> described) =>
        !described.TryGetValue(status, out var said) ? null
        : status == StatusCodes.Status409Conflict && function.Policy<IdempotentAttribute>() is not null
            ? $"{said} Also while a request with this `{Shared.IdempotencyKey}` is still running."
        : said;

    private static OpenApiResponse WithoutBody(IOpenApiResponse response) => new() { Description = response.Description, Headers = response.Headers };
}
