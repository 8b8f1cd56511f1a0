using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Functions.LocalHost.Hosting;

/// <summary>A function that is not triggered by HTTP: bound once, then run in a scope of its own each time.</summary>
internal sealed partial class TriggeredFunction
{
    private readonly FunctionDescriptor _function;
    private readonly IServiceScopeFactory _scopes;
    private readonly InvocationPipeline _pipeline;
    private readonly ILogger<TriggeredFunction> _logger;
    private readonly ObjectFactory _create;
    private readonly MethodInvoker _method;
    private readonly Func<LocalFunctionContext, object, object>[] _arguments;

    /// <param name="triggerType">The type that the trigger hands over.</param>
    /// <exception cref="InvalidOperationException">A parameter or the return type is not supported.</exception>
    public TriggeredFunction(FunctionDescriptor function, Type triggerType, IServiceProvider services)
    {
        _function = function;
        _scopes = services.GetRequiredService<IServiceScopeFactory>();
        _pipeline = services.GetRequiredService<InvocationPipeline>();
        _logger = services.GetRequiredService<ILogger<TriggeredFunction>>();
        _arguments = [.. function.Method.GetParameters().Select(parameter => Bind(parameter, triggerType))];
        _create = ActivatorUtilities.CreateFactory(function.Method.DeclaringType!, []);
        _method = MethodInvoker.Create(function.Method);

        var returns = function.Method.ReturnType;
        if (returns != typeof(void) && !typeof(Task).IsAssignableFrom(returns))
        {
            throw new InvalidOperationException($"Function '{Name}' returns {returns.Name}; it may return nothing or a Task.");
        }
    }

    /// <summary>The function's name.</summary>
    public string Name => _function.Name;

    /// <summary>Runs the function. What it throws is logged, as in the Functions host, and never reaches the trigger.</summary>
    /// <remarks>It starts on the thread pool: a function that blocks holds up neither its trigger nor its siblings.</remarks>
    public Task RunAsync(object trigger, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            try
            {
                await using var scope = _scopes.CreateAsyncScope();
                await _pipeline.RunAsync(new LocalFunctionContext(_function, scope.ServiceProvider, cancellationToken)
                {
                    Function = context => InvokeAsync(context, trigger),
                });
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                LogCancelled(Name);
            }
            catch (Exception exception)
            {
                LogFailed(exception, Name);
            }
        },
        CancellationToken.None);

    private async ValueTask<object?> InvokeAsync(LocalFunctionContext context, object trigger)
    {
        var instance = _create(context.InstanceServices, null);
        object?[] arguments = [.. _arguments.Select(bind => bind(context, trigger))];
        if (_method.Invoke(instance, arguments.AsSpan()) is Task running)
        {
            await running;
        }

        return null;
    }

    private Func<LocalFunctionContext, object, object> Bind(ParameterInfo parameter, Type triggerType) => parameter switch
    {
        _ when parameter.Position == _function.TriggerParameter.Position && parameter.ParameterType == triggerType => (_, trigger) => trigger,
        { ParameterType: var type } when type == typeof(FunctionContext) => (context, _) => context,
        { ParameterType: var type } when type == typeof(CancellationToken) => (context, _) => context.CancellationToken,
        _ => throw new InvalidOperationException(
            $"Function '{Name}': parameter '{parameter.Name}' cannot be a {parameter.ParameterType.Name}. "
            + $"Supported are {triggerType.Name} (the trigger), {nameof(FunctionContext)} and {nameof(CancellationToken)}."),
    };

    [LoggerMessage(LogLevel.Warning, "Function {Function} was cancelled by the shutdown.")]
    private partial void LogCancelled(string function);

    [LoggerMessage(LogLevel.Error, "Function {Function} failed.")]
    private partial void LogFailed(Exception exception, string function);
}
