using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Functions.Tests.Infrastructure;

[assembly: AssemblyFixture(typeof(Templates))]

namespace Functions.Tests.Infrastructure;

/// <summary>
/// The templates as Resource Manager gets them: the compiled JSON, and for each set of parameters the resources that it would deploy,
/// with every expression evaluated but those that ask deployed resources (<c>reference(…)</c>).
/// </summary>
public sealed class Templates : IDisposable
{
    /// <summary>A stand-in for the key of cookies, which must turn up nowhere.</summary>
    public const string SecretKey = "the-key-of-cookies-in-plain-text-0123456789";

    private const string Subscription = "11111111-1111-1111-1111-111111111111";

    // Besides the two files of the repository: what else the parameters can choose.
    private static readonly Dictionary<string, string> Variants = new()
    {
        ["cache"] = """
            using 'main.bicep'
            param environmentName = 'cache'
            param planSku = 'P1v3'
            param redisKind = 'cacheForRedis'
            param release = 'r1'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            param dnsZonesResourceGroupId = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/hub'
            param alertEmails = ['ops@example.org']
            param monthlyBudget = 500
            param budgetStartDate = '2026-12-01'
            """,
        ["existing"] = """
            using 'main.bicep'
            param environmentName = 'byo'
            param redisKind = 'existing'
            param existingRedisId = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/shared/providers/Microsoft.Cache/redisEnterprise/theirs'
            param existingRedisIsEnterprise = true
            param existingPostgresId = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/shared/providers/Microsoft.DBforPostgreSQL/flexibleServers/theirs'
            param release = 'r1'
            """,
        ["existingCache"] = """
            using 'main.bicep'
            param environmentName = 'byo'
            param redisKind = 'existing'
            param existingRedisId = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/shared/providers/Microsoft.Cache/redis/theirs'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            param release = 'r1'
            """,
        ["odd"] = """
            using 'main.bicep'
            param environmentName = 'Odd_(one).of-them'
            param planSku = 'B1'
            param apiAccess = 'public'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            param postgresStorageGB = 0
            param networkPrefix = '10.0.0.0/16'
            param logDailyCapGB = 0
            param telemetrySamplingPercentage = 25
            param release = 'r1'
            """,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("functions-tests-bicep-");
    private readonly Lazy<Task<JsonObject>> _main;
    private readonly ConcurrentDictionary<string, Lazy<Task<Deployment>>> _deployments = new();
    private int _made;

    public Templates()
    {
        // A copy: the compiler writes beside its input.
        foreach (var file in Directory.EnumerateFiles(Bicep.Folder, "*.bicep*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder.FullName, Path.GetRelativePath(Bicep.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.Copy(Path.Combine(Bicep.Folder, "bicepconfig.json"), Path.Combine(_folder.FullName, "bicepconfig.json"));
        foreach (var (name, text) in Variants)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, $"{name}.bicepparam"), text);
        }

        _main = new(() => BuildAsync());
    }

    /// <summary>The parameter files of the repository.</summary>
    public static TheoryData<string> ParameterFiles => ["dev", "prod"];

    /// <summary>Those and the other choices.</summary>
    public static TheoryData<string> All => ["dev", "prod", .. Variants.Keys];

    /// <summary>The compiled template.</summary>
    public async Task<JsonObject> MainAsync() => (JsonObject)(await _main.Value).DeepClone();

    /// <summary>What <paramref name="parameters"/> deploys; a copy that the caller may change.</summary>
    internal async Task<Deployment> DeployAsync(string parameters) =>
        (await _deployments.GetOrAdd(parameters, name => new(() => SnapshotAsync(name))).Value).Copy();

    /// <summary>What a parameter file with this text deploys.</summary>
    internal Task<Deployment> DeployNewAsync(string parameters)
    {
        var name = $"new{Interlocked.Increment(ref _made)}";
        File.WriteAllText(Path.Combine(_folder.FullName, $"{name}.bicepparam"), parameters);
        return SnapshotAsync(name);
    }

    /// <summary>Why a parameter file with this text is refused.</summary>
    internal async Task<string> RefusedAsync(string parameters)
    {
        var name = $"refused{Interlocked.Increment(ref _made)}";
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, $"{name}.bicepparam"), parameters, TestContext.Current.CancellationToken);
        var (exitCode, output) = await Bicep.TryRunAsync(_folder.FullName, Snapshot(name));
        Assert.NotEqual(0, exitCode);
        return output;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<JsonObject> BuildAsync()
    {
        await Bicep.RunAsync(_folder.FullName, "build", "main.bicep", "--outfile", "main.json");
        return await ReadAsync("main.json");
    }

    private async Task<Deployment> SnapshotAsync(string name)
    {
        await Bicep.RunAsync(_folder.FullName, Snapshot(name));
        return new Deployment(await ReadAsync($"{name}.snapshot.json"));
    }

    private static string[] Snapshot(string name) =>
    [
        "snapshot", $"{name}.bicepparam", "--mode", "overwrite", "--subscription-id", Subscription, "--tenant-id", Subscription,
        "--resource-group", "rg", "--location", "westeurope", "--deployment-name", "main",
    ];

    private async Task<JsonObject> ReadAsync(string file) => JsonNode.Parse(
        await File.ReadAllTextAsync(Path.Combine(_folder.FullName, file), TestContext.Current.CancellationToken))!.AsObject();
}
