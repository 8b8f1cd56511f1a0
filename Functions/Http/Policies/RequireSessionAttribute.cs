namespace Functions.Http.Policies;

/// <summary>Only for callers with a session.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class RequireSessionAttribute : Attribute;
