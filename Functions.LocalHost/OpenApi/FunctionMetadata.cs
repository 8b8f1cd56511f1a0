using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>Finds the function behind what is described.</summary>
internal static class FunctionMetadata
{
    public static FunctionDescriptor? Of(ApiDescription description) =>
        description.ActionDescriptor.EndpointMetadata.OfType<FunctionDescriptor>().FirstOrDefault();

    public static FunctionDescriptor Function(this OpenApiOperationTransformerContext context) =>
        Of(context.Description) ?? throw new InvalidOperationException($"{context.Description.RelativePath} is not the path of a function.");

    public static string Method(this OpenApiOperationTransformerContext context) => context.Description.HttpMethod!;

    public static bool IsHead(this OpenApiOperationTransformerContext context) => context.Method() == "HEAD";

    /// <summary>The feature that a function belongs to: the folder of its sources.</summary>
    public static string Feature(this FunctionDescriptor function) => function.Method.DeclaringType!.Namespace!.Split('.')[^1];
}
