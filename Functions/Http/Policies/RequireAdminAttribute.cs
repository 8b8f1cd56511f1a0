namespace Functions.Http.Policies;

/// <summary>Only for administrators.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequireAdminAttribute : RequireSessionAttribute;
