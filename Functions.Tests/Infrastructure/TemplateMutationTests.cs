using System.Text.Json.Nodes;

namespace Functions.Tests.Infrastructure;

/// <summary>The checks find what they are there for: each test breaks one thing in what is deployed.</summary>
public sealed class TemplateMutationTests(Templates templates)
{
    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "publicNetworkAccess")]
    [InlineData("Microsoft.KeyVault/vaults", "publicNetworkAccess")]
    [InlineData("Microsoft.Cache/redisEnterprise", "publicNetworkAccess")]
    [InlineData("Microsoft.DBforPostgreSQL/flexibleServers", "network.publicNetworkAccess")]
    [InlineData("Microsoft.Web/sites", "publicNetworkAccess")]
    public async Task Public_access_is_found(string type, string property)
    {
        await FindsAsync(deployment => Set(deployment.Of(type).First(), property, "Enabled"), TemplateChecks.PublicNetwork, "public network access");
        await FindsAsync(deployment => Set(deployment.Of(type).First(), property, null), TemplateChecks.PublicNetwork, "public network access");
    }

    [Fact]
    public async Task A_missing_private_endpoint_is_found() =>
        await FindsAsync(
            deployment => deployment.Of("Microsoft.Network/privateEndpoints").First()["properties"]!["privateLinkServiceConnections"]!.AsArray().Clear(),
            TemplateChecks.PrivateEndpoints, "no private endpoint for blob");

    [Theory]
    [InlineData("ConnectionStrings__Postgres", "Host=h;Username=u;Password=hunter2")]
    [InlineData("AzureWebJobsStorage", "AccountName=a;AccountKey=hunter2")]
    [InlineData("SECRET_KEY", "a literal key of more than thirty-two bytes")]
    public async Task A_literal_secret_in_an_app_setting_is_found(string setting, string value) =>
        await FindsAsync(deployment => deployment.AppSettings[setting] = value, TemplateChecks.Secrets, "secret");

    [Theory]
    [InlineData("secureString", "hunter2")]
    [InlineData("string", "hunter2")]
    public async Task A_literal_password_as_a_default_is_found(string type, string value)
    {
        var template = await templates.MainAsync();
        template["parameters"]!["databasePassword"] = new JsonObject { ["type"] = type, ["defaultValue"] = value };

        Assert.Contains("parameter databasePassword: has a secret as its default", TemplateChecks.Secrets(template));
    }

    [Fact]
    public async Task A_literal_password_in_a_module_is_found()
    {
        var template = await templates.MainAsync();
        template["resources"]!["postgres"]!["properties"]!["template"]!["parameters"]!["adminPassword"] =
            new JsonObject { ["type"] = "string", ["defaultValue"] = "hunter2" };

        Assert.Contains(TemplateChecks.Secrets(template), problem => problem.Contains("adminPassword", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_in_an_output_is_found()
    {
        var template = await templates.MainAsync();
        template["outputs"]!["KEY"] = new JsonObject { ["type"] = "string", ["value"] = "[listKeys('x', '2025-06-01').keys[0].value]" };

        Assert.Contains("output KEY: tells a secret", TemplateChecks.Secrets(template));
    }

    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "minimumTlsVersion", "TLS1_0")]
    [InlineData("Microsoft.Cache/redisEnterprise/databases", "clientProtocol", "Plaintext")]
    [InlineData("Microsoft.Web/sites", "httpsOnly", null)]
    [InlineData("Microsoft.Web/sites", "siteConfig.ftpsState", "AllAllowed")]
    public async Task An_unencrypted_connection_is_found(string type, string property, string? value) =>
        await FindsAsync(deployment => Set(deployment.Of(type).First(), property, value), TemplateChecks.Encryption, property);

    [Fact]
    public async Task PostgreSQL_without_TLS_is_found() =>
        await FindsAsync(
            deployment => Set(deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers/configurations").First(), "value", "OFF"),
            TemplateChecks.Encryption, "require_secure_transport");

    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", "true")]
    [InlineData("Microsoft.Cache/redisEnterprise/databases", "accessKeysAuthentication", "Enabled")]
    [InlineData("Microsoft.DBforPostgreSQL/flexibleServers", "authConfig.passwordAuth", "Enabled")]
    public async Task Signing_in_with_keys_or_passwords_is_found(string type, string property, string value) =>
        await FindsAsync(deployment => Set(deployment.Of(type).First(), property, value), TemplateChecks.Identities, property);

    [Fact]
    public async Task A_Redis_that_evicts_is_found() =>
        await FindsAsync(
            deployment => Set(deployment.One("Microsoft.Cache/redisEnterprise/databases"), "evictionPolicy", "VolatileLRU"), TemplateChecks.Eviction, "evictionPolicy");

    [Fact]
    public async Task An_extension_that_is_not_allowed_is_found() =>
        await FindsAsync(
            deployment => Set(
                deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers/configurations").Single(setting => ((string)setting["name"]!).EndsWith("azure.extensions", StringComparison.Ordinal)),
                "value", "PG_TRGM"),
            TemplateChecks.Extensions, "does not allow unaccent");

    [Fact]
    public async Task A_role_that_is_more_than_needed_is_found() =>
        await FindsAsync(
            deployment => Set(deployment.Of("Microsoft.Authorization/roleAssignments").First(), "roleDefinitionId", "x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
            TemplateChecks.Identities, "more than data needs");

    [Fact]
    public async Task A_resource_without_tags_is_found() =>
        await FindsAsync(deployment => deployment.One("Microsoft.Web/serverfarms").Remove("tags"), TemplateChecks.Tags, "no tag");

    [Theory]
    [InlineData("Dynamic")]
    [InlineData("FlexConsumption")]
    public async Task A_Consumption_plan_is_found(string tier) =>
        await FindsAsync(deployment => deployment.One("Microsoft.Web/serverfarms")["sku"]!["tier"] = tier, TemplateChecks.Plan, "does not run Redis triggers");

    [Fact]
    public async Task Triggers_that_do_not_scale_are_found() =>
        await FindsAsync(
            deployment => Set(deployment.One("Microsoft.Web/sites"), "siteConfig.functionsRuntimeScaleMonitoringEnabled", null),
            TemplateChecks.Plan, "do not scale");

    [Theory]
    [InlineData("SECRET_KEY", "SECRET_KEY")]
    [InlineData("ConnectionStrings__Postgres", "ConnectionStrings__Postgres")]
    [InlineData("Postgres__credential", "Postgres__clientId")]
    [InlineData("Redis__redisHostName", "Redis__redisHostName")]
    [InlineData("Redis__principalId", "Redis__principalId")]
    [InlineData("Redis__clientId", "Redis__clientId")]
    [InlineData("Redis__credential", "Redis__credential")]
    [InlineData("AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__blobServiceUri")]
    [InlineData("WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_RUN_FROM_PACKAGE")]
    public async Task A_missing_app_setting_is_found(string setting, string named)
    {
        var deployment = await templates.DeployAsync("prod");
        Assert.True(deployment.AppSettings.Remove(setting));

        Assert.Contains(await AppSettingsChecks.RunAsync(deployment), problem => problem.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Http__TrustedProxyHops", "Http__ProxyHops")]
    [InlineData("Postgres__clientId", "Postgres__identity")]
    [InlineData("Redis__clientId", "Redis__identityClientId")]
    public async Task A_renamed_app_setting_is_found(string setting, string renamed)
    {
        var deployment = await templates.DeployAsync("prod");
        var value = deployment.AppSettings[setting]!.DeepClone();
        deployment.AppSettings.Remove(setting);
        deployment.AppSettings[renamed] = value;

        Assert.Contains($"{renamed}: nobody reads it", await AppSettingsChecks.RunAsync(deployment));
    }

    [Fact]
    public async Task An_app_setting_with_a_value_that_the_application_rejects_is_found()
    {
        var deployment = await templates.DeployAsync("prod");
        deployment.AppSettings["Http__TrustedProxyHops"] = "-1";

        Assert.Contains(await AppSettingsChecks.RunAsync(deployment), problem => problem.Contains("does not start", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_that_are_kept_twice_are_found() =>
        await FindsAsync(
            deployment => deployment.Of("Microsoft.Insights/diagnosticSettings")
                .Single(setting => ((string)setting["id"]!).Contains("Microsoft.Web/sites", StringComparison.OrdinalIgnoreCase))["properties"]!["logs"] =
                    new JsonArray(new JsonObject { ["category"] = "FunctionAppLogs", ["enabled"] = true }),
            TemplateChecks.Telemetry, "again");

    [Theory]
    [InlineData("Microsoft.OperationalInsights/workspaces", "workspaceCapping", "has no daily cap")]
    [InlineData("Microsoft.Insights/components", "SamplingPercentage", "how much of it is kept")]
    public async Task Telemetry_without_an_end_is_found(string type, string property, string problem) =>
        await FindsAsync(deployment => Set(deployment.One(type), property, null), TemplateChecks.Telemetry, problem);

    [Fact]
    public async Task An_alert_that_waits_for_traffic_is_found() =>
        await FindsAsync(
            deployment => deployment.Of("Microsoft.Insights/scheduledQueryRules").First()["properties"]!["criteria"]!["allOf"]![0]!["query"] =
                "AzureMetrics | where Requests >= 20",
            TemplateChecks.Alerts, "waits for traffic");

    [Fact]
    public async Task An_outage_that_nobody_hears_of_is_found() =>
        await FindsAsync(
            deployment => deployment.Of("Microsoft.Insights/metricAlerts").First()["properties"]!["criteria"] = new JsonObject(), TemplateChecks.Alerts, "nobody hears");

    [Fact]
    public async Task An_endpoint_in_the_zone_of_another_service_is_found() =>
        await FindsAsync(
            deployment => deployment.Of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").First()
                ["properties"]!["privateDnsZoneConfigs"]![0]!["properties"]!["privateDnsZoneId"] = "privatelink.redis.azure.net",
            deployment => TemplateChecks.DnsZones(deployment), "is not registered in privatelink.blob.");

    private async Task FindsAsync(Action<Deployment> mutate, Func<Deployment, IEnumerable<string>> check, string problem)
    {
        var deployment = await templates.DeployAsync("prod");
        Assert.Empty(check(deployment));

        mutate(deployment);

        Assert.Contains(check(deployment), line => line.Contains(problem, StringComparison.Ordinal));
    }

    private static void Set(JsonObject resource, string path, string? value)
    {
        var parts = path.Split('.');
        var node = resource["properties"]!;
        foreach (var part in parts[..^1])
        {
            node = node[part]!;
        }

        if (value is null)
        {
            node.AsObject().Remove(parts[^1]);
        }
        else
        {
            node[parts[^1]] = bool.TryParse(value, out var flag) ? flag : value;
        }
    }
}
