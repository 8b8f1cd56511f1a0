using System.Globalization;
using Functions.LocalHost;
using Functions.LocalHost.Embedded;
using Functions.Tests.Application;
using Functions.Tests.Embedded;
using Functions.Tests.Servers;

namespace Functions.Tests.OpenApi;

/// <summary>A well-known generator makes a client of the document that compiles and works.</summary>
public sealed class ApiClientGenerationTests(TestApplications applications)
{
    private static readonly NpmPackage Generator = new("openapi-typescript", "7.13.0") { Beside = ["openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@20"] };

    [Fact]
    public async Task A_generated_client_compiles_and_does_what_the_README_does()
    {
        var app = await applications.GetAsync(RedisKind.Garnet);
        var product = await app.QueryAsync<int>("INSERT INTO products (name, description, price, category_id, updated_at) VALUES ('Thing', '', 5, 1, now()) RETURNING id");
        using var root = new TemporaryRoot();
        await using var supervisor = Supervisor.Start(root.Path);
        var package = await Generator.InstallAsync(TemporaryRoot.NpmCache, ProgramSearch.Default, supervisor, _ => { }, TestContext.Current.CancellationToken);
        var modules = Path.GetDirectoryName(package)!;
        Directory.CreateSymbolicLink(Path.Combine(root.Path, "node_modules"), modules);
        foreach (var file in new[] { "session.ts", "tsconfig.json", "package.json" })
        {
            File.Copy(Path.Combine(LocalConfiguration.FindRoot(), "Functions.Tests", "OpenApi", "Client", file), Path.Combine(root.Path, file));
        }

        await File.WriteAllTextAsync(Path.Combine(root.Path, "openapi.json"), DocumentedApi.Instance.Text, TestContext.Current.CancellationToken);

        await RunAsync(Path.Combine(modules, "openapi-typescript", "bin", "cli.js"), "openapi.json", "--output", "schema.d.ts");
        await RunAsync(Path.Combine(modules, "typescript", "bin", "tsc"), "--project", ".");
        var output = await RunAsync(Path.Combine("out", "session.js"), app.Address.ToString().TrimEnd('/'), product.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(
            [
                "health healthy", "profile true Ada false",
                "product 5 miss", "product 5 hit", "changed 42.5 true", "product 42.5 miss",
                "refused 403 Only administrators may do this", "items true",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.StartsWith("health", StringComparison.Ordinal) ? "health healthy" : line));

        async Task<string> RunAsync(string script, params string[] arguments)
        {
            var (status, output) = await NodeProgram.RunAsync(root.Path, script, arguments);
            Assert.True(status == 0, $"{Path.GetFileName(script)}: {output}");
            return output;
        }
    }
}
