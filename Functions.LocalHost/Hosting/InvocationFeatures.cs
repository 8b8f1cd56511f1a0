using System.Collections;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>The state attached to one invocation, its result included.</summary>
internal sealed class InvocationFeatures : IInvocationFeatures
{
    // The worker keeps the result in a feature whose type is its own affair: GetInvocationResult() asks for it by that type.
    private static readonly Type Bindings =
        typeof(FunctionContext).Assembly.GetType("Microsoft.Azure.Functions.Worker.Context.Features.IFunctionBindingsFeature", throwOnError: true)!;

    private readonly Dictionary<Type, object> _features = [];

    /// <summary>What the function returned, or what a middleware put in its place.</summary>
    public object? Result { get; set; }

    public T? Get<T>() =>
        _features.TryGetValue(typeof(T), out var feature) ? (T)feature
        : typeof(T) == Bindings ? (T)(_features[Bindings] = InvocationBindings.Of(this, Bindings))
        : default;

    public void Set<T>(T instance) => _features[typeof(T)] = instance ?? throw new ArgumentNullException(nameof(instance));

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The worker's feature of bindings, as far as this host has them: the invocation's result.</summary>
    private class InvocationBindings : DispatchProxy
    {
        private InvocationFeatures _features = null!;

        public static object Of(InvocationFeatures features, Type type)
        {
            var bindings = Create(type, typeof(InvocationBindings));
            ((InvocationBindings)bindings)._features = features;
            return bindings;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_InvocationResult" => _features.Result,
            "set_InvocationResult" => _features.Result = args![0],
            _ => throw new NotSupportedException($"The local host has no {targetMethod.Name} of an invocation: functions here have no bindings beside their trigger."),
        };
    }
}
