using System.Diagnostics;
using Functions.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Functions.Worker;

/// <summary>Runs HTTP functions inside the application's HTTP pipeline; other functions run as they are.</summary>
public sealed class HttpPolicyMiddleware(FunctionCatalog catalog, HttpPipeline pipeline) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        CallerHeaders.Restore(context, http.Request);

        // The worker runs functions outside the flow of their requests: what they do would begin traces of its own.
        if (http.Features.Get<IHttpActivityFeature>() is { } request)
        {
            Activity.Current = request.Activity;
        }

        // The worker writes whatever stands here at the end, be it from the function or from a policy that did not call it.
        var result = context.GetInvocationResult();
        result.Value = await pipeline.InvokeAsync(
            new HttpInvocation(http, catalog[context.FunctionDefinition.Name]),
            async () =>
            {
                await next(context);
                return context.GetInvocationResult().Value;
            });
    }
}
