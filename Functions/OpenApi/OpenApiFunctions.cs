using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.OpenApi;

/// <summary>The description of the API, for programs and for people.</summary>
public sealed class OpenApiFunctions(ApiPages pages)
{
    /// <summary>The OpenAPI document.</summary>
    /// <response code="200">This document.</response>
    [Function("GetOpenApi")]
    [EntityTagged]
    [ProducesResponseType<object>(StatusCodes.Status200OK, "application/json")]
    public IResult Document([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequest request) => pages.Document;

    /// <summary>The page on which people read the document and try the operations.</summary>
    /// <response code="200">The page.</response>
    [Function("ApiPage")]
    [EntityTagged]
    [ProducesResponseType<string>(StatusCodes.Status200OK, "text/html")]
    public IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest request) => pages.Page;
}
