using System.Text.Json;

namespace Functions.Tests.Worker;

/// <summary>The function app as the official SDK builds it, and what becomes of a test that needs it where it has not been built.</summary>
internal static class WorkerBuild
{
    /// <summary>The directory of the built function app. <c>.ci/run</c> builds it and sets this.</summary>
    public const string DirectoryVariable = "FUNCTIONS_BUILD";

    /// <summary>Whether it has been built.</summary>
    public static bool IsThere => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(DirectoryVariable));

    /// <summary>The directory. Where the variable is missing the running test is skipped: building takes a minute, and package sources differ.</summary>
    public static string Require()
    {
        Assert.SkipUnless(
            IsThere,
            $"{DirectoryVariable} does not name the built function app: dotnet build Functions -c Release -p:CustomAfterMicrosoftCommonTargets=$PWD/.ci/RedisBindingDeclarations.targets");
        return Environment.GetEnvironmentVariable(DirectoryVariable)!;
    }

    /// <summary>What the host is told of the functions.</summary>
    public static JsonElement ReadMetadata()
    {
        using var metadata = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Require(), "functions.metadata")));
        return metadata.RootElement.Clone();
    }
}
