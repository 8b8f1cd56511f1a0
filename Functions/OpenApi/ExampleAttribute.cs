using System.Diagnostics.CodeAnalysis;

namespace Functions.OpenApi;

/// <summary>What a contract looks like, for the OpenAPI document. A test sends the examples of bodies to the application and holds all of them against their schemas.</summary>
/// <param name="json">The example as JSON.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class ExampleAttribute([StringSyntax(StringSyntaxAttribute.Json)] string json) : Attribute
{
    /// <summary>The example as JSON.</summary>
    public string Json { get; } = json;
}
