using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>One invocation in this host, as the worker's middlewares see it.</summary>
internal sealed class LocalFunctionContext : FunctionContext
{
    private readonly InvocationFeatures _features = new();
    private readonly LocalInvocationResult _result = new();

    public LocalFunctionContext(FunctionDescriptor function, IServiceProvider services, CancellationToken cancellationToken)
    {
        FunctionDefinition = new LocalFunctionDefinition(function);
        InstanceServices = services;
        CancellationToken = cancellationToken;
        _features.Set<InvocationResult>(_result);
    }

    /// <summary>What runs at the end of the middleware chain; its value becomes the invocation's result.</summary>
    public required Func<LocalFunctionContext, ValueTask<object?>> Function { get; set; }

    /// <summary>The object whose method is the function, once it is made.</summary>
    public object? Instance { get; set; }

    /// <summary>What the function returned, or what a middleware put in its place.</summary>
    public object? Result => _result.Value;

    public override string InvocationId => field ??= Guid.NewGuid().ToString();

    public override FunctionDefinition FunctionDefinition { get; }

    public override IServiceProvider InstanceServices { get; set; }

    public override IDictionary<object, object> Items { get => field ??= new Dictionary<object, object>(); set; }

    public override IInvocationFeatures Features => _features;

    public override CancellationToken CancellationToken { get; }

    public async Task RunFunctionAsync() => _result.Value = await Function(this);

    private sealed class LocalInvocationResult : InvocationResult
    {
        public override object? Value { get; set; }
    }
}
