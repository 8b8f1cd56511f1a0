using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Functions.LocalHost.Hosting;

/// <summary>The worker middlewares around every function, whatever triggers it.</summary>
internal sealed class InvocationPipeline
{
    private readonly FunctionExecutionDelegate _first;

    /// <param name="middlewares">The middleware types, outermost first; each is resolved from the invocation's services.</param>
    public InvocationPipeline(IEnumerable<Type> middlewares)
    {
        _first = static context => ((LocalFunctionContext)context).RunFunctionAsync();
        foreach (var middleware in middlewares.Reverse())
        {
            var next = _first;
            _first = context => ((IFunctionsWorkerMiddleware)context.InstanceServices.GetRequiredService(middleware)).Invoke(context, next);
        }
    }

    /// <summary>Runs the function and everything around it; returns the invocation's result.</summary>
    public async ValueTask<object?> RunAsync(LocalFunctionContext context)
    {
        await _first(context);
        return context.Result;
    }
}
