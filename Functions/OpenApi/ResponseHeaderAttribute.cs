namespace Functions.OpenApi;

/// <summary>A header of an answer that no policy sets, for the OpenAPI document.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="name">The header's name.</param>
/// <param name="description">What it says, as a sentence.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ResponseHeaderAttribute(int status, string name, string description) : Attribute
{
    /// <summary>The status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>The header's name.</summary>
    public string Name { get; } = name;

    /// <summary>What it says.</summary>
    public string Description { get; } = description;
}
