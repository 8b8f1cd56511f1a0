namespace Functions.Http.Policies;

/// <summary>The function creates something: a request repeated with the same <c>Idempotency-Key</c> gets the first answer again.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute;
