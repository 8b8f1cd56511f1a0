// The invocation side of the worker: what Functions/Worker touches, and no more.

using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>One invocation of a function.</summary>
    public abstract class FunctionContext
    {
        public abstract string InvocationId { get; }

        public abstract FunctionDefinition FunctionDefinition { get; }

        public abstract IServiceProvider InstanceServices { get; set; }

        public abstract IDictionary<object, object> Items { get; set; }

        public abstract IInvocationFeatures Features { get; }

        public virtual CancellationToken CancellationToken { get; }
    }

    /// <summary>The static description of a function.</summary>
    public abstract class FunctionDefinition
    {
        public abstract string Name { get; }

        public abstract string EntryPoint { get; }

        public abstract string PathToAssembly { get; }
    }

    /// <summary>State attached to an invocation, by type.</summary>
    public interface IInvocationFeatures : IEnumerable<KeyValuePair<Type, object>>
    {
        T? Get<T>();

        void Set<T>(T instance);
    }

    /// <summary>What the function returned, or what a middleware puts in its place.</summary>
    public abstract class InvocationResult
    {
        public abstract object? Value { get; set; }
    }

    public static class FunctionContextBindingFeatureExtensions
    {
        public static InvocationResult GetInvocationResult(this FunctionContext context) =>
            context.Features.Get<InvocationResult>() ?? throw new InvalidOperationException("The invocation has no result.");
    }

    public static class FunctionContextHttpExtensions
    {
        public static HttpContext? GetHttpContext(this FunctionContext context) => context.Features.Get<HttpContext>();
    }
}

namespace Microsoft.Azure.Functions.Worker.Middleware
{
    public delegate Task FunctionExecutionDelegate(FunctionContext context);

    /// <summary>A step around every invocation.</summary>
    public interface IFunctionsWorkerMiddleware
    {
        Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
    }
}
