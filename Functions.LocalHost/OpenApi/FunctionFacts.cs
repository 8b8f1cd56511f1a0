using System.Text.RegularExpressions;
using Functions.Accounts;
using Functions.Http;
using Functions.Http.Policies;
using Functions.OpenApi;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Functions.LocalHost.OpenApi;

/// <summary>What follows from the signature and the policies of a function.</summary>
internal static partial class FunctionFacts
{
    /// <summary>Whether it answers with a page of a list.</summary>
    public static bool IsPaged(this FunctionDescriptor function) =>
        function.Results().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>));

    /// <summary>Whether the function hands out an <c>ETag</c>.</summary>
    public static bool HasETag(this FunctionDescriptor function) =>
        function.Policy<CacheResultAttribute>() is not null || function.Policy<EntityTaggedAttribute>() is not null
        || function.Results().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ETagged<>));

    /// <summary>Whether it evaluates <c>If-Match</c>: what changes or deletes a thing that has an <c>ETag</c> does, and what the cache answers.</summary>
    public static bool IsConditional(this FunctionDescriptor function, FunctionCatalog catalog, string method) => method switch
    {
        "GET" or "HEAD" => function.Policy<CacheResultAttribute>() is not null,
        "PUT" or "DELETE" => catalog.All.Any(other => other.Http is not null && other.HttpMethods.Contains("GET") && other.HasETag() && SameRoute(other, function)),
        _ => false,
    };

    /// <summary>Whether it can only answer while Redis, PostgreSQL or Blob storage can be reached.</summary>
    public static bool NeedsServers(this FunctionDescriptor function) =>
        function.Policy<RequireSessionAttribute>() is not null || function.Policy<RateLimitAttribute>() is not null || function.Policy<CacheResultAttribute>() is not null;

    /// <summary>Whether callers with a session may be refused: for what they are, for the page that sent them, or as long as their address is not verified.</summary>
    public static bool MayBeForbidden(this FunctionDescriptor function, string method) =>
        function.Policy<RequireSessionAttribute>() is not null
        && (function.Policy<RequireAdminAttribute>() is not null || method is not ("GET" or "HEAD") || VerifiedEmailPolicy.MayApplyTo(function));

    /// <summary>All types in the return type, generic arguments included.</summary>
    public static IEnumerable<Type> Results(this FunctionDescriptor function) => Flatten(function.Method.ReturnType);

    /// <summary>The contract's schema as a component of the document, and a reference to it.</summary>
    public static async Task<IOpenApiSchema> SharedSchemaAsync(this OpenApiOperationTransformerContext context, Type type, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        if (document.Components?.Schemas?.ContainsKey(type.Name) != true)
        {
            document.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellationToken));
        }

        return new OpenApiSchemaReference(type.Name, document);
    }

    private static IEnumerable<Type> Flatten(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Flatten).Prepend(type) : [type];

    private static bool SameRoute(FunctionDescriptor one, FunctionDescriptor other) =>
        string.Equals(ParameterName().Replace(one.Route, "{"), ParameterName().Replace(other.Route, "{"), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\{[A-Za-z0-9_]+")]
    private static partial Regex ParameterName();
}
