namespace Functions.OpenApi;

/// <summary>The function hands out an <c>ETag</c> and answers conditional requests itself; for the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EntityTaggedAttribute : Attribute;
