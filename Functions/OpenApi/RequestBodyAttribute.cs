namespace Functions.OpenApi;

/// <summary>What the function reads from the body, for the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class RequestBodyAttribute : Attribute
{
    /// <summary>A body of bytes.</summary>
    /// <param name="contentTypes">The content types that are taken.</param>
    public RequestBodyAttribute(params string[] contentTypes) => ContentTypes = contentTypes;

    /// <summary>A body of JSON.</summary>
    /// <param name="type">The contract, which the function reads by <c>ReadJsonAsync</c>.</param>
    protected RequestBodyAttribute(Type type) => (Type, ContentTypes) = (type, ["application/json"]);

    /// <summary>The contract of a body of JSON; null for bytes.</summary>
    public Type? Type { get; }

    /// <summary>The content types that are taken.</summary>
    public IReadOnlyList<string> ContentTypes { get; }
}

/// <summary>The function reads a body of JSON by <c>ReadJsonAsync&lt;T&gt;</c>.</summary>
/// <typeparam name="T">The contract.</typeparam>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequestBodyAttribute<T>() : RequestBodyAttribute(typeof(T)) where T : class;
