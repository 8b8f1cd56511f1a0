namespace Functions.Http.Policies;

/// <summary>What an administrator does by this function is written to the audit log, before it is done. For functions that require a session.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AuditedAttribute : Attribute;
