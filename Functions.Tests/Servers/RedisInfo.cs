namespace Functions.Tests.Servers;

/// <summary>The reply of <c>INFO</c> and <c>CLUSTER INFO</c>: lines of <c>name:value</c>.</summary>
internal static class RedisInfo
{
    public static IReadOnlyDictionary<string, string> Parse(object? reply) =>
        ((string)reply!).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);
}
