using Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Health;

/// <summary>Is the application alive, and are the servers that it needs?</summary>
public sealed class HealthFunctions(HealthProbes probes)
{
    [Function("Health")]
    public async Task<JsonHttpResult<HealthAnswer>> CheckAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health")] HttpRequest request)
    {
        var answer = await probes.CheckAsync(request.HttpContext.RequestAborted);
        var status = answer.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(answer, ApiJson.Options, statusCode: status);
    }

    [Function("HealthLive")]
    public Ok<LivenessAnswer> Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequest request) =>
        TypedResults.Ok(new LivenessAnswer("alive"));
}
