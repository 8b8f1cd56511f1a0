namespace Functions.OpenApi;

/// <summary>A query parameter of the function, for the OpenAPI document. Those of lists need none: a function that returns a page takes <c>limit</c> and <c>cursor</c>.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">The type of its value.</param>
/// <param name="description">What it does, as a sentence.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryParameterAttribute(string name, Type type, string description) : Attribute
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The type of its value.</summary>
    public Type Type { get; } = type;

    /// <summary>What it does.</summary>
    public string Description { get; } = description;

    /// <summary>Whether a request needs it; default false.</summary>
    public bool IsRequired { get; set; }

    /// <summary>The smallest number, or the fewest characters; default no bound.</summary>
    public int Minimum { get; set; } = int.MinValue;

    /// <summary>The largest number, or the most characters; default no bound.</summary>
    public int Maximum { get; set; } = int.MaxValue;

    /// <summary>A value as callers give it.</summary>
    public object? Example { get; set; }
}
