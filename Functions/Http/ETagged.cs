using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Functions.Http;

/// <summary>The answer to a change, with the <c>ETag</c> that a GET of the changed resource has from now on.</summary>
/// <param name="result">The answer.</param>
/// <param name="etag">The tag.</param>
public sealed class ETagged<TResult>(TResult result, string etag) : IResult, IEndpointMetadataProvider where TResult : IResult, IEndpointMetadataProvider
{
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) => TResult.PopulateMetadata(method, builder);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        httpContext.Response.Headers.ETag = etag;
        return result.ExecuteAsync(httpContext);
    }
}

/// <summary>Makes such answers.</summary>
public static class ETaggedExtensions
{
    /// <summary>Adds the tag of <paramref name="representation"/>: what a GET of the changed resource answers.</summary>
    public static ETagged<TResult> WithETagOf<TResult, T>(this TResult result, T representation) where TResult : IResult, IEndpointMetadataProvider =>
        new(result, EntityTag.OfJson(representation));
}
