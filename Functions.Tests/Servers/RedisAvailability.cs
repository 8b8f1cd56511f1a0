namespace Functions.Tests.Servers;

/// <summary>Is <c>redis-server</c> installed, and what becomes of a test that needs it where it is not.</summary>
public static class RedisAvailability
{
    /// <summary>Set to <c>1</c> where <c>redis-server</c> must be there, as in CI.</summary>
    public const string RequireVariable = "REQUIRE_REDIS";

    private const string Reason = "redis-server is not on the PATH (Debian and Ubuntu: apt install redis-server; macOS: brew install redis).";

    /// <summary>
    /// Returns the path of <c>redis-server</c>. Where it is missing the running test is skipped, or fails if
    /// <see cref="RequireVariable"/> is 1. Starting any server but Garnet calls this; few tests have to.
    /// </summary>
    public static string RequireRedisServer() =>
        RequireRedisServer(Environment.GetEnvironmentVariable("PATH"), Environment.GetEnvironmentVariable(RequireVariable));

    internal static string RequireRedisServer(string? searchPath, string? require)
    {
        // Signals and the guarding shell need a Unix; redis-server is not published for Windows anyway.
        var program = OperatingSystem.IsWindows()
            ? null
            : (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(directory => Path.Combine(directory, "redis-server"))
                .FirstOrDefault(File.Exists);
        if (program is null && require == "1")
            Assert.Fail($"{Reason} {RequireVariable}=1 forbids to skip this test.");
        Assert.SkipWhen(program is null, Reason);
        return program!;
    }
}
