using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Functions.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Functions.Tests.Infrastructure;

/// <summary>What a review would reject. Every check returns one line for each problem.</summary>
internal static partial class TemplateChecks
{
    // Each of these can be reached from the internet unless this property says otherwise.
    private static readonly Dictionary<string, string> PublicAccess = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Storage/storageAccounts"] = "publicNetworkAccess",
        ["Microsoft.KeyVault/vaults"] = "publicNetworkAccess",
        ["Microsoft.Cache/redisEnterprise"] = "publicNetworkAccess",
        ["Microsoft.Cache/redis"] = "publicNetworkAccess",
        ["Microsoft.DBforPostgreSQL/flexibleServers"] = "network.publicNetworkAccess",
        ["Microsoft.Web/sites"] = "publicNetworkAccess",
    };

    private static readonly Dictionary<string, string[]> PrivateGroups = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Storage/storageAccounts"] = ["blob"],
        ["Microsoft.KeyVault/vaults"] = ["vault"],
        ["Microsoft.Cache/redisEnterprise"] = ["redisEnterprise"],
        ["Microsoft.Cache/redis"] = ["redisCache"],
        ["Microsoft.DBforPostgreSQL/flexibleServers"] = ["postgresqlServer"],
    };

    // What the zone of a private endpoint's group has in its name.
    private static readonly Dictionary<string, string> Zones = new()
    {
        ["blob"] = "privatelink.blob.",
        ["queue"] = "privatelink.queue.",
        ["table"] = "privatelink.table.",
        ["vault"] = ".vaultcore.",
        ["redisEnterprise"] = "privatelink.redis",
        ["redisCache"] = "privatelink.redis.cache.windows.net",
        ["postgresqlServer"] = "privatelink.postgres.database.azure.com",
        ["sites"] = "privatelink.azurewebsites.net",
    };

    private static readonly (string Type, string Property, string Expected)[] Encrypted =
    [
        ("Microsoft.Storage/storageAccounts", "minimumTlsVersion", "TLS1_2"),
        ("Microsoft.Storage/storageAccounts", "supportsHttpsTrafficOnly", "true"),
        ("Microsoft.Cache/redisEnterprise", "minimumTlsVersion", "1.2"),
        ("Microsoft.Cache/redisEnterprise/databases", "clientProtocol", "Encrypted"),
        ("Microsoft.Cache/redis", "minimumTlsVersion", "1.2"),
        ("Microsoft.Cache/redis", "enableNonSslPort", "false"),
        ("Microsoft.Web/sites", "httpsOnly", "true"),
        ("Microsoft.Web/sites", "siteConfig.minTlsVersion", "1.2"),
        ("Microsoft.Web/sites", "siteConfig.scmMinTlsVersion", "1.2"),
        ("Microsoft.Web/sites", "siteConfig.ftpsState", "Disabled"),
    ];

    private static readonly (string Type, string Property, string Expected)[] IdentityOnly =
    [
        ("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "allowBlobPublicAccess", "false"),
        ("Microsoft.KeyVault/vaults", "enableRbacAuthorization", "true"),
        ("Microsoft.Cache/redisEnterprise/databases", "accessKeysAuthentication", "Disabled"),
        ("Microsoft.Cache/redis", "disableAccessKeyAuthentication", "true"),
        ("Microsoft.Cache/redis", "redisConfiguration.aad-enabled", "true"),
        ("Microsoft.DBforPostgreSQL/flexibleServers", "authConfig.activeDirectoryAuth", "Enabled"),
        ("Microsoft.DBforPostgreSQL/flexibleServers", "authConfig.passwordAuth", "Disabled"),
        ("Microsoft.Insights/components", "DisableLocalAuth", "true"),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "allow", "false"),
    ];

    // What is in Redis is no cache: a server that is short of memory may refuse, and must not forget.
    private static readonly (string Type, string Property, string Expected)[] NothingEvicted =
    [
        ("Microsoft.Cache/redisEnterprise/databases", "evictionPolicy", "NoEviction"),
        ("Microsoft.Cache/redis", "redisConfiguration.maxmemory-policy", "noeviction"),
    ];

    // Resource types that have no tags.
    private static readonly HashSet<string> WithoutTags = new(StringComparer.OrdinalIgnoreCase)
    {
        "Microsoft.Authorization/locks",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Cache/redis/accessPolicies",
        "Microsoft.Cache/redis/accessPolicyAssignments",
        "Microsoft.Cache/redisEnterprise/databases",
        "Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments",
        "Microsoft.Consumption/budgets",
        "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
        "Microsoft.DBforPostgreSQL/flexibleServers/databases",
        "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
        "Microsoft.Web/sites/config",
    };

    // Storage Blob Data Owner, Contributor and Reader, Storage Table Data Contributor, Key Vault Secrets User, Monitoring Metrics Publisher.
    private static readonly string[] DataRoles =
    [
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "4633458b-17de-408a-b874-0445c86b69e6", "3913510d-42f4-4e42-8a64-420c390055eb",
    ];

    /// <summary>Nothing can be reached from the internet.</summary>
    public static IEnumerable<string> PublicNetwork(Deployment deployment) =>
    [
        .. from resource in deployment.Resources
           where PublicAccess.TryGetValue(Type(resource), out var property) && Text(resource, property) != "Disabled"
           select $"{Name(resource)}: public network access is not disabled",
        .. from resource in deployment.Resources
           where Type(resource).EndsWith("/firewallRules", StringComparison.OrdinalIgnoreCase)
           select $"{Name(resource)}: lets addresses of the internet in",
    ];

    /// <summary>Every data service has its private endpoints.</summary>
    public static IEnumerable<string> PrivateEndpoints(Deployment deployment) =>
        from resource in deployment.Resources
        where PrivateGroups.ContainsKey(Type(resource))
        from @group in PrivateGroups[Type(resource)].Concat(HasHostData(deployment, resource) ? ["queue", "table"] : [])
        where !deployment.Of("Microsoft.Network/privateEndpoints").SelectMany(endpoint => endpoint["properties"]!["privateLinkServiceConnections"]!.AsArray())
            .Any(connection => ((string?)connection!["properties"]!["privateLinkServiceId"])!.EndsWith("/" + (string?)resource["name"], StringComparison.Ordinal)
                && (string?)connection["properties"]!["groupIds"]![0] == @group)
        select $"{Name(resource)}: no private endpoint for {@group}";

    /// <summary>Every private endpoint is found: its zone is the one of the service, and is here or in the central resource group.</summary>
    public static IEnumerable<string> DnsZones(Deployment deployment, string? central = null) =>
    [
        .. from endpoint in deployment.Of("Microsoft.Network/privateEndpoints")
           let @group = (string)endpoint["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0]!
           let records = deployment.Of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
               .Where(zones => ((string)zones["name"]!).StartsWith((string)endpoint["name"]! + "/", StringComparison.Ordinal))
               .SelectMany(zones => zones["properties"]!["privateDnsZoneConfigs"]!.AsArray()).Select(zone => (string)zone!["properties"]!["privateDnsZoneId"]!)
           where !records.Any(zone => zone.Contains(Zones[@group], StringComparison.Ordinal)
               && (central is null ? deployment.Of("Microsoft.Network/privateDnsZones").Any(made => zone.Contains(((string)made["name"]!).Trim('[', ']'), StringComparison.Ordinal)) : zone.Contains(central, StringComparison.Ordinal)))
           select $"{Name(endpoint)}: is not registered in {Zones[@group]}",
        .. central is not null && deployment.Of("Microsoft.Network/privateDnsZones").Any() ? ["zones are made beside the central ones"] : Array.Empty<string>(),
    ];

    /// <summary>Telemetry is kept once, and no more of it than somebody wants to pay.</summary>
    public static IEnumerable<string> Telemetry(Deployment deployment) =>
    [
        .. from setting in deployment.Of("Microsoft.Insights/diagnosticSettings")
           from log in setting["properties"]!["logs"]?.AsArray() ?? []
           where (string?)log!["category"] == "FunctionAppLogs" || ((string)setting["id"]!).Contains("/Microsoft.Web/sites/", StringComparison.OrdinalIgnoreCase)
           select $"{Name(setting)}: keeps what is in Application Insights again",
        .. from workspace in deployment.Of("Microsoft.OperationalInsights/workspaces")
           where Text(workspace, "workspaceCapping.dailyQuotaGb") is null or "-1"
           select $"{Name(workspace)}: has no daily cap",
        .. from insights in deployment.Of("Microsoft.Insights/components")
           where !int.TryParse(Text(insights, "SamplingPercentage"), out var percentage) || percentage is < 1 or > 100
           select $"{Name(insights)}: nobody said how much of it is kept",
    ];

    /// <summary>Alerts tell somebody, and do not wait for traffic.</summary>
    public static IEnumerable<string> Alerts(Deployment deployment) =>
    [
        .. from alert in deployment.Of("Microsoft.Insights/scheduledQueryRules")
           from criterion in alert["properties"]!["criteria"]!["allOf"]!.AsArray()
           where RequestCount().IsMatch((string)criterion!["query"]!)
           select $"{Name(alert)}: waits for traffic",
        .. from app in deployment.Of("Microsoft.Web/sites")
           let probed = deployment.Of("Microsoft.Insights/metricAlerts")
               .Any(alert => alert.ToJsonString().Contains("HealthCheckStatus", StringComparison.Ordinal))
           let asked = Text(app, "publicNetworkAccess") != "Enabled"
               || deployment.Of("Microsoft.Insights/webtests").Any(test => Text(test, "Enabled") == "true")
           where !probed || !asked
           select $"{Name(app)}: nobody hears when it is down and unused",
        .. from test in deployment.Of("Microsoft.Insights/webtests")
           where !deployment.Of("Microsoft.Insights/metricAlerts").Any(alert => Text(alert, "criteria.webTestId") == (string?)test["id"])
           select $"{Name(test)}: nobody hears of it",
    ];

    /// <summary>Every connection is encrypted.</summary>
    public static IEnumerable<string> Encryption(Deployment deployment) =>
    [
        .. Differences(deployment, Encrypted),
        .. from server in deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers")
           where !deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers/configurations").Any(setting =>
               ((string?)setting["name"])!.EndsWith("/require_secure_transport", StringComparison.Ordinal) && Text(setting, "value") == "ON")
           select $"{Name(server)}: require_secure_transport is not ON",
        .. deployment.AppSettings["ConnectionStrings__Postgres"] is { } postgres && !((string)postgres!).Contains("Ssl Mode=VerifyFull", StringComparison.Ordinal)
            ? ["ConnectionStrings__Postgres: the server's certificate is not verified"] : Array.Empty<string>(),
    ];

    /// <summary>Only identities sign in, with roles for data.</summary>
    public static IEnumerable<string> Identities(Deployment deployment) =>
    [
        .. Differences(deployment, IdentityOnly),
        .. from app in deployment.Of("Microsoft.Web/sites")
           where (string?)app["identity"]?["type"] != "UserAssigned" || string.IsNullOrEmpty(Text(app, "keyVaultReferenceIdentity"))
           select $"{Name(app)}: has no user-assigned identity for itself and for Key Vault references",
        .. from assignment in deployment.Of("Microsoft.Authorization/roleAssignments")
           where !DataRoles.Any(role => Text(assignment, "roleDefinitionId")!.EndsWith(role, StringComparison.Ordinal))
           select $"{Name(assignment)}: role {Text(assignment, "roleDefinitionId")} is more than data needs",
        .. from setting in new[] { "AzureWebJobsStorage", "Redis", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING" }
           where deployment.AppSettings.ContainsKey(setting)
           select $"{setting}: a connection string with a key, beside the identity",
    ];

    /// <summary>Redis evicts nothing.</summary>
    public static IEnumerable<string> Eviction(Deployment deployment) => Differences(deployment, NothingEvicted);

    /// <summary>PostgreSQL lets the migrations create the extensions of the model.</summary>
    public static IEnumerable<string> Extensions(Deployment deployment)
    {
        using var context = new AppDbContextDesignFactory().CreateDbContext([]);
        var needed = context.GetService<IDesignTimeModel>().Model.GetPostgresExtensions().Select(extension => extension.Name);
        return
        [
            .. from server in deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers")
               let allowed = deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers/configurations")
                   .Where(setting => ((string?)setting["name"])!.EndsWith("/azure.extensions", StringComparison.Ordinal))
                   .SelectMany(setting => Text(setting, "value")!.Split(','))
               from extension in needed.Except(allowed, StringComparer.OrdinalIgnoreCase)
               select $"{Name(server)}: azure.extensions does not allow {extension}",
        ];
    }

    /// <summary>Everything that can have tags has them.</summary>
    public static IEnumerable<string> Tags(Deployment deployment) =>
        from resource in deployment.Resources
        where !WithoutTags.Contains(Type(resource)) && string.IsNullOrEmpty((string?)resource["tags"]?["environment"])
        select $"{Name(resource)}: has no tag 'environment'";

    /// <summary>The plan runs Redis triggers, always, and lets them scale.</summary>
    public static IEnumerable<string> Plan(Deployment deployment)
    {
        var plan = deployment.One("Microsoft.Web/serverfarms");
        var app = deployment.One("Microsoft.Web/sites");
        var tier = (string?)plan["sku"]!["tier"];
        if (tier is not ("ElasticPremium" or "Basic" or "Premium0V3" or "PremiumV3"))
        {
            yield return $"{Name(plan)}: {tier} does not run Redis triggers";
        }

        var always = tier == "ElasticPremium" ? Text(app, "siteConfig.minimumElasticInstanceCount") is not (null or "0") : Text(app, "siteConfig.alwaysOn") == "true";
        if (!always)
        {
            yield return $"{Name(app)}: is not always ready";
        }

        if (tier == "ElasticPremium" && Text(app, "siteConfig.functionsRuntimeScaleMonitoringEnabled") != "true")
        {
            yield return $"{Name(app)}: Redis triggers do not scale";
        }

        if (Text(app, "siteConfig.linuxFxVersion") != "DOTNET-ISOLATED|10.0" || Text(app, "siteConfig.healthCheckPath") is null)
        {
            yield return $"{Name(app)}: runtime or health check path is missing";
        }
    }

    /// <summary>No secret stands in the template: parameters' defaults, outputs, app settings, of the template and its modules.</summary>
    public static IEnumerable<string> Secrets(JsonObject template)
    {
        foreach (var (name, parameter) in template["parameters"] as JsonObject ?? [])
        {
            var fallback = parameter!["defaultValue"]?.ToString() ?? "";
            var secure = ((string?)parameter["type"])!.StartsWith("secure", StringComparison.OrdinalIgnoreCase);
            if (fallback.Length > 0 && (secure || SecretName().IsMatch(name) || SecretText().IsMatch(fallback)))
            {
                yield return $"parameter {name}: has a secret as its default";
            }

            if (!secure && SecretName().IsMatch(name))
            {
                yield return $"parameter {name}: is not @secure()";
            }
        }

        foreach (var (name, output) in template["outputs"] as JsonObject ?? [])
        {
            if (SecretText().IsMatch(output!.ToJsonString()) || ((string?)output["type"])!.StartsWith("secure", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"output {name}: tells a secret";
            }
        }

        var resources = template["resources"] switch
        {
            JsonObject named => named.Select(pair => pair.Value!.AsObject()),
            JsonArray listed => listed.Select(resource => resource!.AsObject()),
            _ => [],
        };
        foreach (var resource in resources)
        {
            if ((resource["properties"] as JsonObject)?["template"] is JsonObject module)
            {
                foreach (var problem in Secrets(module))
                {
                    yield return $"{Name(resource)}: {problem}";
                }
            }
            else if (SecretText().IsMatch(resource.ToJsonString()))
            {
                yield return $"{Name(resource)}: contains a secret";
            }
        }
    }

    /// <summary>No secret stands in what is deployed, and app settings that are secrets refer to Key Vault.</summary>
    public static IEnumerable<string> Secrets(Deployment deployment) =>
    [
        .. from resource in deployment.Resources
           where SecretText().IsMatch(resource.ToJsonString())
           select $"{Name(resource)}: contains a secret",
        .. from setting in deployment.AppSettings
           where SecretName().IsMatch(setting.Key) && !((string?)setting.Value)!.Contains("@Microsoft.KeyVault(", StringComparison.Ordinal)
           select $"{setting.Key}: is a secret and does not refer to Key Vault",
    ];

    private static IEnumerable<string> Differences(Deployment deployment, (string Type, string Property, string Expected)[] rules) =>
        from rule in rules
        from resource in deployment.Of(rule.Type)
        where Text(resource, rule.Property) != rule.Expected
        select $"{Name(resource)}: {rule.Property} is not {rule.Expected}";

    // What the Functions host keeps is in the account where the app has a role for tables.
    private static bool HasHostData(Deployment deployment, JsonObject resource) => deployment.Of("Microsoft.Authorization/roleAssignments").Any(assignment =>
        Text(assignment, "roleDefinitionId")!.EndsWith("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", StringComparison.Ordinal)
        && ((string)assignment["id"]!).Contains("/" + (string?)resource["name"] + "'", StringComparison.Ordinal));

    private static string Type(JsonObject resource) => (string)resource["type"]!;

    private static string Name(JsonObject resource) => $"{(string?)resource["type"]} {(string?)resource["name"]}";

    private static string? Text(JsonObject resource, string path)
    {
        JsonNode? node = resource["properties"];
        foreach (var part in path.Split('.'))
        {
            node = (node as JsonObject)?[part];
        }

        return node?.ToJsonString().Trim('"');
    }

    // "Requests >= 20": so many requests have to come before a failure counts.
    [GeneratedRegex(@"Requests\s*>=?\s*\d")]
    private static partial Regex RequestCount();

    [GeneratedRegex("(password|secret|apikey|accesskey|sharedkey|token)", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    // Literals and functions that yield keys, and the key that the tests pass for the one secret there is.
    [GeneratedRegex(@"password\s*=|accountkey\s*=|sharedaccess|\blist(account)?(keys|sas|secrets|credentials)\(|" + Templates.SecretKey, RegexOptions.IgnoreCase)]
    private static partial Regex SecretText();
}
