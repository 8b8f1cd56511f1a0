using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Http;

/// <summary>Answers requests that no other function takes.</summary>
/// <remarks>The Functions host tries routes in the order of function names, so this name must sort behind all others.</remarks>
public sealed class NotFoundFunctions(RouteTable routes)
{
    /// <summary>The name of the catch-all function.</summary>
    public const string Name = "ZzNotFound";

    [Function(Name)]
    public ProblemHttpResult Answer([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request)
    {
        var methods = routes.MethodsAt(request.HttpContext);
        if (methods.Count == 0)
        {
            return Problems.NotFound("No such resource");
        }

        request.HttpContext.Response.Headers.Allow = string.Join(", ", methods);
        return Problems.MethodNotAllowed();
    }
}
