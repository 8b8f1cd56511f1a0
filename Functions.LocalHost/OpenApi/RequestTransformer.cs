using System.Text.Json.Nodes;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Describes what a function takes beside its route: query parameters, headers, body.</summary>
internal sealed class RequestTransformer(FunctionCatalog catalog) : IOpenApiOperationTransformer
{
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var function = context.Function();
        Shared.AddTo(context.Document!);
        operation.Parameters ??= [];
        foreach (var query in function.Policies<QueryParameterAttribute>())
        {
            operation.Parameters.Add(await DescribeAsync(query, context, cancellationToken));
        }

        if (function.IsPaged())
        {
            Add(Shared.Limit);
            Add(Shared.Cursor);
        }

        if (function.IsConditional(catalog, context.Method()))
        {
            Add(Shared.IfMatch);
        }

        if (function.IsConditional(catalog, context.Method()) || (context.Method() is "GET" or "HEAD" && function.HasETag()))
        {
            Add(Shared.IfNoneMatch);
        }

        if (function.Policy<IdempotentAttribute>() is not null)
        {
            Add(Shared.IdempotencyKey);
        }

        if (function.Policy<EventStreamAttribute>() is not null)
        {
            Add(Shared.LastEventId);
        }

        Add(Shared.RequestId);
        if (function.Policy<RequestBodyAttribute>() is { } body)
        {
            operation.RequestBody = await DescribeAsync(body, function, context, cancellationToken);
        }

        void Add(string parameter) => operation.Parameters!.Add(new OpenApiParameterReference(parameter, context.Document));
    }

    private static async Task<OpenApiParameter> DescribeAsync(
        QueryParameterAttribute query, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schema = await context.GetOrCreateSchemaAsync(query.Type, cancellationToken: cancellationToken);
        var isText = query.Type == typeof(string);
        if (query.Minimum > int.MinValue)
        {
            (schema.MinLength, schema.Minimum) = isText ? (query.Minimum, schema.Minimum) : (schema.MinLength, $"{query.Minimum}");
        }

        if (query.Maximum < int.MaxValue)
        {
            (schema.MaxLength, schema.Maximum) = isText ? (query.Maximum, schema.Maximum) : (schema.MaxLength, $"{query.Maximum}");
        }

        return new OpenApiParameter
        {
            Name = query.Name,
            In = ParameterLocation.Query,
            Required = query.IsRequired,
            Description = query.Description,
            Schema = schema,
            Example = query.Example is null ? null : JsonValue.Create(query.Example),
        };
    }

    private static async Task<OpenApiRequestBody> DescribeAsync(
        RequestBodyAttribute body, FunctionDescriptor function, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var limit = function.Policy<BodyLimitAttribute>()?.Bytes ?? BodyLimitAttribute.DefaultBytes;
        IOpenApiSchema schema = body.Type is { } type
            ? await context.SharedSchemaAsync(type, cancellationToken)
            : new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }; // As tools know bytes since OpenAPI 3.0.
        return new OpenApiRequestBody
        {
            Required = true,
            Description = $"Up to {limit / (1024 * 1024)} MiB.",
            Content = body.ContentTypes.ToDictionary(contentType => contentType, _ => new OpenApiMediaType { Schema = schema }),
        };
    }
}
