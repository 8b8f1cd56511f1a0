using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Functions;

/// <summary>One function: its method, its trigger and the policies that its attributes ask for.</summary>
public sealed class FunctionDescriptor
{
    /// <summary>The prefix of every HTTP route, as in <c>host.json</c>.</summary>
    public const string RoutePrefix = "api";

    // Read once: reflection makes new instances each time, and every request asks.
    private readonly Attribute[] _attributes;

    internal FunctionDescriptor(MethodInfo method)
    {
        Method = method;
        _attributes = [.. method.GetCustomAttributes()];
        Name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
        TriggerParameter = method.GetParameters().FirstOrDefault(IsTrigger)
            ?? throw new InvalidOperationException($"Function '{Name}' ({method.DeclaringType}.{method.Name}) has no trigger parameter.");
        Trigger = TriggerParameter.GetCustomAttributes().First(IsTriggerAttribute);
    }

    /// <summary>The name by which the host knows the function.</summary>
    public string Name { get; }

    /// <summary>The method that runs.</summary>
    public MethodInfo Method { get; }

    /// <summary>The parameter that carries the trigger attribute.</summary>
    public ParameterInfo TriggerParameter { get; }

    /// <summary>The trigger attribute itself.</summary>
    public Attribute Trigger { get; }

    /// <summary>The HTTP trigger, or null for a function that is triggered otherwise.</summary>
    public HttpTriggerAttribute? Http => Trigger as HttpTriggerAttribute;

    /// <summary>The route template below the root, such as <c>api/users/{id:int}</c>; the function's name where it names none.</summary>
    /// <exception cref="InvalidOperationException">The function has no HTTP trigger.</exception>
    public string Route => Http is { } http
        ? $"{RoutePrefix}/{http.Route ?? Name}"
        : throw new InvalidOperationException($"Function '{Name}' has no HTTP trigger.");

    /// <summary>The HTTP methods in upper case; empty means every method.</summary>
    public IReadOnlyList<string> HttpMethods => [.. (Http?.Methods ?? []).Select(method => method.ToUpperInvariant())];

    /// <summary>The policy attribute of type <typeparamref name="T"/> on the method, or null.</summary>
    public T? Policy<T>() where T : Attribute
    {
        foreach (var attribute in _attributes)
        {
            if (attribute is T policy)
            {
                return policy;
            }
        }

        return null;
    }

    /// <summary>All policy attributes of type <typeparamref name="T"/> on the method, in the order in which they are declared.</summary>
    public IReadOnlyList<T> Policies<T>() where T : Attribute => [.. _attributes.OfType<T>()];

    private static bool IsTrigger(ParameterInfo parameter) => parameter.GetCustomAttributes().Any(IsTriggerAttribute);

    private static bool IsTriggerAttribute(Attribute attribute) =>
        attribute.GetType().Name.EndsWith("TriggerAttribute", StringComparison.Ordinal);
}
