using System.Diagnostics;
using System.Text.Json;
using Functions.LocalHost;

namespace Functions.Tests.Infrastructure;

/// <summary>What is published is for one platform and has nothing in it that nobody reads there, whoever publishes it and how.</summary>
public sealed class PublishTests
{
    [Theory]
    [InlineData("-p:Configuration=Release")] // dotnet publish, func azure functionapp publish, Visual Studio.
    [InlineData("-p:Configuration=Debug", "-p:_IsPublishing=true")] // dotnet publish -c Debug
    [InlineData("-p:Configuration=Release", "-p:RuntimeIdentifier=linux-x64", "-p:SelfContained=false")] // infra/package.sh
    public async Task Every_way_of_publishing_is_for_one_platform(params string[] way)
    {
        var properties = await EvaluateAsync(way);

        Assert.Equal("linux-x64", properties.GetProperty("RuntimeIdentifier").GetString());
        Assert.Equal("false", properties.GetProperty("SelfContained").GetString());
        Assert.Equal("embedded", properties.GetProperty("DebugType").GetString());
        Assert.Equal(".none", properties.GetProperty("AllowedReferenceRelatedFileExtensions").GetString());
    }

    [Theory]
    [InlineData("linux-arm64", "-p:Configuration=Release", "-p:RuntimeIdentifier=linux-arm64")]
    [InlineData("", "-p:Configuration=Debug")] // Whoever runs it on another system needs that one's natives.
    public async Task Another_platform_can_be_chosen_and_development_has_none(string runtime, params string[] way) =>
        Assert.Equal(runtime, (await EvaluateAsync(way)).GetProperty("RuntimeIdentifier").GetString());

    [Fact]
    public void Symbols_of_native_libraries_are_in_no_output() =>
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "runtimes"), "*.pdb", SearchOption.AllDirectories));

    [Fact]
    public void The_build_for_release_is_small()
    {
        var folder = Environment.GetEnvironmentVariable("FUNCTIONS_BUILD");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "FUNCTIONS_BUILD does not name the function app as .ci/run builds it.");

        // The host's extensions are beside it, as the SDK packs them.
        string[] others = ["publish", ".azurefunctions"];
        var files = new DirectoryInfo(folder!).EnumerateDirectories().Where(inner => !others.Contains(inner.Name))
            .SelectMany(inner => inner.EnumerateFiles("*", SearchOption.AllDirectories)).Concat(new DirectoryInfo(folder!).EnumerateFiles()).ToList();
        Assert.DoesNotContain(files, file => file.FullName.Contains("/runtimes/", StringComparison.Ordinal));
        Assert.InRange(files.Sum(file => file.Length), 1, 150_000_000);
    }

    private static async Task<JsonElement> EvaluateAsync(string[] way)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            "msbuild", Path.Combine(LocalConfiguration.FindRoot(), "Functions", "Functions.csproj"), .. way,
            "-getProperty:RuntimeIdentifier,SelfContained,DebugType,AllowedReferenceRelatedFileExtensions",
        ])
        {
            RedirectStandardOutput = true,
        };
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable); // Those of the process that runs the tests.
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return JsonDocument.Parse(output).RootElement.GetProperty("Properties");
    }
}
