using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Functions.Tests.Infrastructure;

/// <summary>
/// What makes a deployment fail the first time, the second time, or after something was deleted. Every check returns one line for each problem;
/// those of a template look at the compiled JSON, as the order of things is lost in what is deployed.
/// </summary>
internal static partial class RedeploymentChecks
{
    // What Azure takes as the name of a resource; of those types that take less than letters, digits and hyphens, or fewer than 60.
    private static readonly Dictionary<string, Regex> NameRules = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Storage/storageAccounts"] = StorageName(),
        ["Microsoft.KeyVault/vaults"] = VaultName(),
        ["Microsoft.DBforPostgreSQL/flexibleServers"] = ServerName(),
        ["Microsoft.Cache/redisEnterprise"] = WordsName(),
        ["Microsoft.Cache/redis"] = WordsName(),
        ["Microsoft.Web/sites"] = HostId(),
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = PlainName(),
        ["Microsoft.OperationalInsights/workspaces"] = PlainName(),
        ["Microsoft.Insights/components"] = PlainName(),
        ["Microsoft.Network/virtualNetworks"] = PlainName(),
        ["Microsoft.Network/privateEndpoints"] = PlainName(),
        ["Microsoft.Web/serverfarms"] = PlainName(),
    };

    /// <summary>The Entra administrator is there before the database: who makes it, owns it.</summary>
    public static IEnumerable<string> AdministratorFirst(JsonObject template) =>
        from level in Levels(template)
        from database in level.Where(resource => IsType(resource.Value, "Microsoft.DBforPostgreSQL/flexibleServers/databases"))
        let administrators = level.Where(resource => IsType(resource.Value, "Microsoft.DBforPostgreSQL/flexibleServers/administrators")).Select(resource => resource.Key)
        where !administrators.Any() || !administrators.All(Before(level, database.Key).Contains)
        select $"{(string?)database.Value["type"]}: does not wait for the administrator";

    /// <summary>A server's size is the template's or the server's own, not both.</summary>
    public static IEnumerable<string> OneSize(Deployment deployment) =>
        from server in deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers")
        let storage = server["properties"]!["storage"]!
        where ((string?)storage["autoGrow"] == "Enabled") == (storage["storageSizeGB"] is not null)
        select $"{(string?)server["name"]}: {storage.ToJsonString()} grows, and is deployed again with the size that it had, or has no size";

    /// <summary>The service updates the server when it was said to.</summary>
    public static IEnumerable<string> MaintenanceWindow(Deployment deployment) =>
        from server in deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers")
        let window = server["properties"]!["maintenanceWindow"]
        where (string?)window?["customWindow"] != "Enabled" || window["dayOfWeek"] is null || window["startHour"] is null
        select $"{(string?)server["name"]}: has no maintenance window";

    /// <summary>No two private endpoints are made at once.</summary>
    public static IEnumerable<string> EndpointsInTurn(JsonObject template) =>
        from level in Levels(template)
        from resource in level
        where Makes(resource.Value, "Microsoft.Network/privateEndpoints") && resource.Value["copy"] is { } copy
            && !((string?)copy["mode"] == "serial" && (int?)copy["batchSize"] == 1)
        select $"{(string?)resource.Value["type"]}: makes private endpoints of one account at once";

    /// <summary>What the app runs, it can only read: its package is in an account in which it has no role but reader.</summary>
    public static IEnumerable<string> PackagesAreReadOnly(Deployment deployment)
    {
        const string reader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
        var accounts = deployment.Of("Microsoft.Storage/storageAccounts/blobServices/containers").Select(container => ((string)container["name"]!).Split('/'))
            .Where(name => name[^1] == "releases").Select(name => name[0]).ToList();
        var roles = (from assignment in deployment.Of("Microsoft.Authorization/roleAssignments")
                     where ((string)assignment["properties"]!["principalId"]!).Contains("userAssignedIdentities", StringComparison.Ordinal)
                         && accounts.Exists(account => ((string)assignment["id"]!).Contains($"/storageAccounts/{account}", StringComparison.Ordinal))
                     select ((string)assignment["properties"]!["roleDefinitionId"]!).Split('/')[^1]).ToList();
        return
        [
            .. accounts.Count == 1 ? [] : new[] { "there is not one container for packages" },
            .. roles.Contains(reader) ? [] : new[] { "the app cannot read its package" },
            .. roles.Where(role => role != reader).Select(role => $"the app has role {role} where its package is"),
        ];
    }

    /// <summary>An assignment is named by whom it is for, which it cannot change: an identity that was made anew gets new ones.</summary>
    public static IEnumerable<string> AssignmentNames(JsonObject template) =>
        from level in Levels(template)
        from resource in level
        where ((string?)resource.Value["type"])!.EndsWith("Assignments", StringComparison.OrdinalIgnoreCase)
        let properties = resource.Value["properties"]!
        let principal = (string?)(properties["principalId"] ?? properties["objectId"] ?? properties["user"]?["objectId"])
        where !((string)resource.Value["name"]!).Contains(principal!.Trim('[', ']'), StringComparison.Ordinal)
        select $"{(string?)resource.Value["type"]}: is not named by the object id of whom it is for";

    /// <summary>Azure takes every name.</summary>
    public static IEnumerable<string> Names(Deployment deployment) =>
        from resource in deployment.Resources
        where NameRules.TryGetValue((string)resource["type"]!, out var rule) && !rule.IsMatch((string)resource["name"]!)
        select $"{(string?)resource["type"]} cannot be called {(string?)resource["name"]}";

    /// <summary>The app's subnet has two addresses for each instance, and Azure's own five; and no subnet overlaps.</summary>
    public static IEnumerable<string> SubnetSize(Deployment deployment)
    {
        var site = deployment.One("Microsoft.Web/sites")["properties"]!["siteConfig"]!;
        var instances = (int?)site["functionAppScaleLimit"] ?? (int)deployment.One("Microsoft.Web/serverfarms")["sku"]!["capacity"]!;
        var subnets = deployment.One("Microsoft.Network/virtualNetworks")["properties"]!["subnets"]!.AsArray()
            .ToDictionary(subnet => (string)subnet!["name"]!, subnet => IPNetwork.Parse((string)subnet!["properties"]!["addressPrefix"]!));
        var addresses = (1 << (32 - subnets["app"].PrefixLength)) - 5;
        return
        [
            .. addresses >= 2 * instances ? [] : new[] { $"subnet app has {addresses} addresses for {instances} instances" },
            .. subnets["app"].Contains(subnets["endpoints"].BaseAddress) || subnets["endpoints"].Contains(subnets["app"].BaseAddress) ? ["the subnets overlap"] : Array.Empty<string>(),
        ];
    }

    /// <summary>What holds data is locked against deletion.</summary>
    public static IEnumerable<string> Locks(Deployment deployment) =>
        from resource in deployment.Resources
        where Stateful().IsMatch((string)resource["type"]!)
        where !deployment.Of("Microsoft.Authorization/locks").Any(@lock => (string?)@lock["properties"]!["level"] == "CanNotDelete"
            && ((string)@lock["id"]!).StartsWith((string)resource["id"]! + "/", StringComparison.OrdinalIgnoreCase))
        select $"{(string?)resource["type"]} {(string?)resource["name"]}: can be deleted";

    /// <summary>Outputs are named as azd keeps them in its environment.</summary>
    public static IEnumerable<string> Outputs(JsonObject template) =>
        from output in template["outputs"]!.AsObject()
        where !OutputName().IsMatch(output.Key)
        select $"output {output.Key}: azd has capitals";

    // The resources of a template and of each of its modules: by symbolic name, or where the compiler has none, by type.
    private static IEnumerable<IReadOnlyList<KeyValuePair<string, JsonObject>>> Levels(JsonObject template)
    {
        List<KeyValuePair<string, JsonObject>> resources = template["resources"] switch
        {
            JsonObject named => [.. named.Where(resource => resource.Value!["existing"] is null).Select(resource => KeyValuePair.Create(resource.Key, resource.Value!.AsObject()))],
            JsonArray listed => [.. listed.Select(resource => KeyValuePair.Create((string)resource!["type"]!, resource!.AsObject()))],
            _ => [],
        };
        yield return resources;
        foreach (var level in resources.Select(resource => Module(resource.Value)).OfType<JsonObject>().SelectMany(Levels))
        {
            yield return level;
        }
    }

    // Everything that is made before a resource.
    private static HashSet<string> Before(IReadOnlyList<KeyValuePair<string, JsonObject>> level, string name)
    {
        HashSet<string> before = [];
        Queue<string> open = new([name]);
        while (open.TryDequeue(out var next))
        {
            var dependencies = level.FirstOrDefault(resource => resource.Key == next).Value?["dependsOn"]?.AsArray() ?? [];
            foreach (var dependency in dependencies.Select(dependency => Dependency().Replace((string)dependency!, "${type}")).Where(before.Add))
            {
                open.Enqueue(dependency);
            }
        }

        return before;
    }

    private static bool Makes(JsonObject resource, string type) =>
        IsType(resource, type) || (Module(resource) is { } module && Levels(module).Any(level => level.Any(inner => IsType(inner.Value, type))));

    private static bool IsType(JsonObject resource, string type) => type.Equals((string?)resource["type"], StringComparison.OrdinalIgnoreCase);

    private static JsonObject? Module(JsonObject resource) => (resource["properties"] as JsonObject)?["template"] as JsonObject;

    [GeneratedRegex(@"^\[resourceId\('(?<type>[^']+)'.*", RegexOptions.ExplicitCapture)]
    private static partial Regex Dependency();

    [GeneratedRegex("^[a-z0-9]{3,24}$")]
    private static partial Regex StorageName();

    [GeneratedRegex("^(?=.{3,24}$)[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$")]
    private static partial Regex VaultName();

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ServerName();

    [GeneratedRegex("^(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")]
    private static partial Regex WordsName();

    // The Functions host tells apps apart that share a storage account by the first 32 characters.
    [GeneratedRegex("^(?=.{2,32}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex HostId();

    [GeneratedRegex("^(?=.{4,60}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex PlainName();

    [GeneratedRegex("^Microsoft.(Storage/storageAccounts|KeyVault/vaults|Cache/redis|Cache/redisEnterprise|DBforPostgreSQL/flexibleServers)$", RegexOptions.IgnoreCase)]
    private static partial Regex Stateful();

    [GeneratedRegex("^[A-Z][A-Z0-9_]*$")]
    private static partial Regex OutputName();
}
