using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>One invocation in this host, as the worker's middlewares see it.</summary>
internal sealed class LocalFunctionContext : FunctionContext
{
    // Where the worker's extension for HTTP looks for the request.
    private const string HttpContextItem = "HttpRequestContext";

    private readonly InvocationFeatures _features = new();

    public LocalFunctionContext(FunctionDescriptor function, IServiceProvider services, CancellationToken cancellationToken)
    {
        FunctionDefinition = new LocalFunctionDefinition(function);
        InstanceServices = services;
        CancellationToken = cancellationToken;
    }

    /// <summary>What runs at the end of the middleware chain; its value becomes the invocation's result.</summary>
    public required Func<LocalFunctionContext, ValueTask<object?>> Function { get; set; }

    /// <summary>The request, for a function with an HTTP trigger.</summary>
    public HttpContext? Http
    {
        get => Items.TryGetValue(HttpContextItem, out var http) ? (HttpContext)http : null;
        init => Items[HttpContextItem] = value!;
    }

    /// <summary>The object whose method is the function, once it is made.</summary>
    public object? Instance { get; set; }

    /// <summary>What the function returned, or what a middleware put in its place.</summary>
    public object? Result => _features.Result;

    public override string InvocationId => field ??= Guid.NewGuid().ToString();

    public override string FunctionId => FunctionDefinition.Id;

    public override FunctionDefinition FunctionDefinition { get; }

    public override TraceContext TraceContext => field ??= new LocalTraceContext(Activity.Current);

    /// <summary>No data: requests arrive here as their callers sent them.</summary>
    public override BindingContext BindingContext => LocalBindingContext.Empty;

    public override RetryContext RetryContext => LocalRetryContext.None;

    public override IServiceProvider InstanceServices { get; set; }

    public override IDictionary<object, object> Items { get => field ??= new Dictionary<object, object>(); set; }

    public override IInvocationFeatures Features => _features;

    public override CancellationToken CancellationToken { get; }

    public async Task RunFunctionAsync() => _features.Result = await Function(this);

    private sealed class LocalTraceContext(Activity? activity) : TraceContext
    {
        public override string TraceParent => activity?.Id ?? "";

        public override string TraceState => activity?.TraceStateString ?? "";
    }

    private sealed class LocalBindingContext : BindingContext
    {
        public static readonly LocalBindingContext Empty = new();

        public override IReadOnlyDictionary<string, object?> BindingData { get; } = new Dictionary<string, object?>();
    }

    private sealed class LocalRetryContext : RetryContext
    {
        public static readonly LocalRetryContext None = new();

        public override int RetryCount => 0;

        public override int MaxRetryCount => 0;
    }
}
