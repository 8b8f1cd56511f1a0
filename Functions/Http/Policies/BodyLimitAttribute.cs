namespace Functions.Http.Policies;

/// <summary>How large the body of a request may be, where it is not 1 MiB.</summary>
/// <param name="bytes">The largest body in bytes.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BodyLimitAttribute(long bytes) : Attribute
{
    /// <summary>The limit of functions that name none: 1 MiB.</summary>
    public const long DefaultBytes = 1024 * 1024;

    /// <summary>The largest body in bytes.</summary>
    public long Bytes { get; } = bytes;
}
