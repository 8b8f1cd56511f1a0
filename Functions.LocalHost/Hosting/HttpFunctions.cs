using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Functions.LocalHost.Hosting;

/// <summary>The functions with an HTTP trigger, as endpoints of ASP.NET Core.</summary>
internal sealed partial class HttpFunctions(IServiceProvider services, InvocationPipeline pipeline, ILogger<HttpFunctions> logger)
{
    private const string Welcome = "The function app is up and running.\n";

    /// <summary>Adds an endpoint for every HTTP function of the application's catalog, and what the Functions host answers itself.</summary>
    public static void Map(WebApplication app)
    {
        var functions = ActivatorUtilities.CreateInstance<HttpFunctions>(app.Services);
        var endpoints = app.Services.GetRequiredService<FunctionCatalog>().All
            .Where(function => function.Http is not null)
            .Select(functions.CreateEndpoint);
        ((IEndpointRouteBuilder)app).DataSources.Add(new DefaultEndpointDataSource(endpoints));

        var frontDoor = FrontDoor.Of(app.Services);
        app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], () => frontDoor is [var (_, path), ..] ? Results.Redirect($"/{path}") : Results.Text(Welcome));
        // The Functions host answers 404 where nothing matches, wrong methods included. An endpoint without methods that
        // matches everything, last, keeps routing from answering 405 itself.
        app.Map("/{**path}", context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }).WithOrder(int.MaxValue);
    }

    private RouteEndpoint CreateEndpoint(FunctionDescriptor function)
    {
        if (IsActionResult(function.Method.ReturnType))
        {
            throw new InvalidOperationException($"Function '{function.Name}' returns an IActionResult. The local host supports IResult only.");
        }

        var route = RoutePatternFactory.Parse("/" + function.Route);
        var endpoint = new RouteEndpointBuilder(requestDelegate: null, route, order: 0)
        {
            ApplicationServices = services,
            DisplayName = function.Name,
        };
        endpoint.Metadata.Add(function);
        endpoint.Metadata.Add(function.Method);
        if (function.HttpMethods.Count > 0)
        {
            endpoint.Metadata.Add(new HttpMethodMetadata(function.HttpMethods));
        }

        foreach (var described in function.Policies<Attribute>().Where(attribute => attribute is IApiResponseMetadataProvider))
        {
            endpoint.Metadata.Add(described);
        }

        endpoint.FilterFactories.Add((_, next) => arguments => RunPipelineAsync(arguments, next));

        var create = ActivatorUtilities.CreateFactory(function.Method.DeclaringType!, []);
        var bound = RequestDelegateFactory.Create(
            function.Method,
            // The framework asks twice where there are filters.
            context => context.Features.GetRequiredFeature<LocalFunctionContext>().Instance ??= create(context.RequestServices, null),
            new RequestDelegateFactoryOptions
            {
                EndpointBuilder = endpoint,
                RouteParameterNames = route.Parameters.Select(parameter => parameter.Name),
                ServiceProvider = services,
                ThrowOnBadRequest = false,
            });
        var takesContext = function.Method.GetParameters().Any(parameter => parameter.ParameterType == typeof(FunctionContext));
        endpoint.RequestDelegate = context => InvokeAsync(context, function, bound.RequestDelegate, takesContext);
        return (RouteEndpoint)endpoint.Build();
    }

    private async Task InvokeAsync(HttpContext http, FunctionDescriptor function, RequestDelegate bound, bool takesContext)
    {
        var context = new LocalFunctionContext(function, http.RequestServices, http.RequestAborted) { Function = Unbound, Http = http };
        http.Features.Set(context);
        if (takesContext)
        {
            http.RequestServices.GetRequiredService<CurrentInvocation>().Context = context;
        }

        try
        {
            await bound(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogClientGone(function.Name);
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            LogBadRequest(exception, function.Name);
            Answer(http, exception.StatusCode);
        }
        catch (Exception exception)
        {
            LogFailed(exception, function.Name);
            if (http.Response.HasStarted)
            {
                // Half an answer must not look like a whole one.
                http.Abort();
            }
            else
            {
                Answer(http, StatusCodes.Status500InternalServerError);
            }
        }
    }

    /// <summary>Runs once the arguments are bound; the framework writes what it returns.</summary>
    private async ValueTask<object?> RunPipelineAsync(EndpointFilterInvocationContext arguments, EndpointFilterDelegate function)
    {
        var context = arguments.HttpContext.Features.GetRequiredFeature<LocalFunctionContext>();
        context.Function = _ => function(arguments);
        return await pipeline.RunAsync(context) ?? Results.Empty;
    }

    private static ValueTask<object?> Unbound(LocalFunctionContext context) =>
        throw new InvalidOperationException($"Function '{context.FunctionDefinition.Name}' was invoked before its arguments were bound.");

    private static void Answer(HttpContext http, int statusCode)
    {
        http.Response.Clear();
        http.Response.StatusCode = statusCode;
    }

    private static bool IsActionResult(Type type) =>
        typeof(IActionResult).IsAssignableFrom(type) || (type.IsGenericType && type.GenericTypeArguments.Any(IsActionResult));

    [LoggerMessage(LogLevel.Debug, "Function {Function}: the client went away.")]
    private partial void LogClientGone(string function);

    [LoggerMessage(LogLevel.Debug, "Function {Function}: the request cannot be read.")]
    private partial void LogBadRequest(Exception exception, string function);

    [LoggerMessage(LogLevel.Error, "Function {Function} failed.")]
    private partial void LogFailed(Exception exception, string function);
}
