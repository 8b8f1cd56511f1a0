using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Health;

/// <summary>Is the application alive, and are the servers that it needs?</summary>
public sealed class HealthFunctions(HealthProbes probes)
{
    /// <summary>Asks every server that the application needs how it is.</summary>
    /// <response code="200">Requests are answered; <c>degraded</c> says that not everything works.</response>
    /// <response code="503">Redis or PostgreSQL does not answer.</response>
    [Function("Health")]
    [ProducesResponseType<HealthAnswer>(StatusCodes.Status200OK, "application/json")]
    [ProducesResponseType<HealthAnswer>(StatusCodes.Status503ServiceUnavailable, "application/json")]
    public async Task<JsonHttpResult<HealthAnswer>> CheckAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health")] HttpRequest request)
    {
        var answer = await probes.CheckAsync(request.HttpContext.RequestAborted);
        var status = answer.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(answer, ApiJson.Options, statusCode: status);
    }

    /// <summary>Tells that the process answers, without asking a server.</summary>
    /// <response code="200">It does.</response>
    [Function("HealthLive")]
    public Ok<LivenessAnswer> Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequest request) =>
        TypedResults.Ok(new LivenessAnswer("alive"));
}
