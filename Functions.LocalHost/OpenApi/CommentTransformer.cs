using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Names an operation after its function, and says what the function's comments say.</summary>
internal sealed class CommentTransformer(XmlComments comments) : IOpenApiOperationTransformer
{
    // The page of the API leaves such operations out: whatever answers GET answers HEAD.
    private const string HiddenFromPage = "x-scalar-ignore";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var function = context.Function();
        operation.OperationId = context.IsHead() ? $"{function.Name}Head" : function.Name;
        operation.Tags = new HashSet<OpenApiTagReference> { new(function.Feature(), context.Document) };
        operation.Summary = comments.Summary(function.Method)?.TrimEnd('.');
        operation.Description = comments.Remarks(function.Method);
        if (context.IsHead())
        {
            operation.AddExtension(HiddenFromPage, new JsonNodeExtension(true));
        }

        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description ??= comments.Parameter(function.Method, parameter.Name!);
        }

        return Task.CompletedTask;
    }
}
