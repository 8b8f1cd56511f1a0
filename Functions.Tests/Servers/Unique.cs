namespace Functions.Tests.Servers;

/// <summary>Names that no other test uses: servers are shared and not flushed between tests.</summary>
public static class Unique
{
    /// <summary>For instance <c>carts-3f9a0c1be27d</c>. Two names do not share a cluster slot, unless the caller adds a hash tag.</summary>
    public static string Name(string prefix = "test") => $"{prefix}-{Guid.NewGuid().ToString("N")[..12]}";
}
