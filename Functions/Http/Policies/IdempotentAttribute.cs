namespace Functions.Http.Policies;

/// <summary>The function creates something: a request repeated with the same <c>Idempotency-Key</c> gets the first answer again.</summary>
/// <remarks>Answers are kept for a day, so they should be small; a function whose answers repeat what the caller sent is to be repeatable.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute
{
    /// <summary>
    /// Whether the function may run again with the same request: it then makes nothing new and answers the same, byte for byte, as what
    /// commits by <c>CommitOnceAsync</c> can. Of a repeatable function no answer over 128 bytes is kept; it is made anew. Default false.
    /// </summary>
    public bool IsRepeatable { get; set; }
}
