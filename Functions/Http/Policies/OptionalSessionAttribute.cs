namespace Functions.Http.Policies;

/// <summary>For everybody; a caller who shows a valid session is known to the function.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OptionalSessionAttribute : Attribute;
