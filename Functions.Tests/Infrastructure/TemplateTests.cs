namespace Functions.Tests.Infrastructure;

/// <summary>What is deployed, for each set of parameters, as the compiled templates say it.</summary>
public sealed class TemplateTests(Templates templates)
{
    private static readonly string[] DataServices =
        ["Microsoft.Storage/", "Microsoft.KeyVault/", "Microsoft.Cache/", "Microsoft.DBforPostgreSQL/"];

    [Fact]
    public async Task Production_has_no_public_network_access() =>
        Assert.Empty(TemplateChecks.PublicNetwork(await templates.DeployAsync("prod")));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task No_data_service_has_public_network_access_unless_asked_for(string parameters) =>
        Assert.DoesNotContain(TemplateChecks.PublicNetwork(await templates.DeployAsync(parameters)), problem =>
            Array.Exists(DataServices, service => problem.StartsWith(service, StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Every_data_service_has_private_endpoints(string parameters) =>
        Assert.Empty(TemplateChecks.PrivateEndpoints(await templates.DeployAsync(parameters)));

    [Fact]
    public async Task The_template_has_no_secrets() => Assert.Empty(TemplateChecks.Secrets(await templates.MainAsync()));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task What_is_deployed_has_no_secrets(string parameters) =>
        Assert.Empty(TemplateChecks.Secrets(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Every_connection_is_encrypted(string parameters) =>
        Assert.Empty(TemplateChecks.Encryption(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Only_identities_sign_in(string parameters) =>
        Assert.Empty(TemplateChecks.Identities(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Redis_evicts_nothing(string parameters) =>
        Assert.Empty(TemplateChecks.Eviction(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task PostgreSQL_allows_the_extensions_of_the_migrations(string parameters) =>
        Assert.Empty(TemplateChecks.Extensions(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Every_resource_is_tagged(string parameters) =>
        Assert.Empty(TemplateChecks.Tags(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task The_plan_runs_Redis_triggers(string parameters) =>
        Assert.Empty(TemplateChecks.Plan(await templates.DeployAsync(parameters)));

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task The_app_settings_are_those_that_the_application_reads(string parameters) =>
        Assert.Empty(await AppSettingsChecks.RunAsync(await templates.DeployAsync(parameters)));

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    [InlineData("cache")]
    public async Task Telemetry_is_kept_once_and_has_a_cap(string parameters) =>
        Assert.Empty(TemplateChecks.Telemetry(await templates.DeployAsync(parameters)));

    [Fact]
    public async Task A_cap_and_sampling_are_the_users_choice()
    {
        var odd = await templates.DeployAsync("odd");

        Assert.Equal(-1, (int?)odd.One("Microsoft.OperationalInsights/workspaces")["properties"]!["workspaceCapping"]!["dailyQuotaGb"]);
        Assert.Equal(25, (int?)odd.One("Microsoft.Insights/components")["properties"]!["SamplingPercentage"]);
    }

    [Theory]
    [InlineData("dev", null)]
    [InlineData("prod", null)]
    [InlineData("existing", null)]
    [InlineData("existingCache", null)]
    [InlineData("odd", null)]
    [InlineData("cache", "/22222222-2222-2222-2222-222222222222/resourceGroups/hub")]
    public async Task Every_private_endpoint_is_found_in_the_zone_of_its_service(string parameters, string? central) =>
        Assert.Empty(TemplateChecks.DnsZones(await templates.DeployAsync(parameters), central));

    [Theory]
    [InlineData("prod", "privatelink.redis.azure.net")]
    [InlineData("existing", "privatelink.redisenterprise.cache.azure.net")]
    [InlineData("existingCache", "privatelink.redis.cache.windows.net")]
    public async Task Each_kind_of_Redis_has_a_zone_of_its_own(string parameters, string zone)
    {
        var deployment = await templates.DeployAsync(parameters);

        Assert.Equal(zone, (string?)Assert.Single(deployment.Of("Microsoft.Network/privateDnsZones"), made => ((string)made["name"]!).Contains("redis", StringComparison.Ordinal))["name"]);
    }

    [Fact]
    public async Task Production_survives_the_loss_of_a_zone()
    {
        var prod = await templates.DeployAsync("prod");

        Assert.True((bool?)prod.One("Microsoft.Web/serverfarms")["properties"]!["zoneRedundant"]);
        Assert.Equal("ZoneRedundant", (string?)prod.One("Microsoft.DBforPostgreSQL/flexibleServers")["properties"]!["highAvailability"]!["mode"]);
        Assert.Equal("Enabled", (string?)prod.One("Microsoft.Cache/redisEnterprise")["properties"]!["highAvailability"]);
        Assert.Equal("Standard_ZRS", (string?)prod.Of("Microsoft.Storage/storageAccounts").Select(account => account["sku"]!["name"]).DistinctBy(sku => (string?)sku).Single());
        Assert.True((int?)prod.One("Microsoft.Web/sites")["properties"]!["siteConfig"]!["minimumElasticInstanceCount"] >= 2);
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Somebody_hears_of_errors_outages_dead_tasks_and_full_servers(string parameters)
    {
        var deployment = await templates.DeployAsync(parameters);

        Assert.Empty(TemplateChecks.Alerts(deployment));
        var alerts = deployment.Of("Microsoft.Insights/scheduledQueryRules").Concat(deployment.Of("Microsoft.Insights/metricAlerts"));
        string[] expected =
        [
            "app-health", "dead-tasks", "log-cap", "postgres-storage", "redis-memory", "server-errors",
            .. Public(deployment) ? ["api-availability"] : Array.Empty<string>(),
        ];
        Assert.Equal(expected.Order(), alerts
            .Select(alert => string.Join('-', ((string)alert["name"]!).Split('-')[^2..])).Order());
    }

    [Theory]
    [InlineData("existing", "Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments")]
    [InlineData("existingCache", "Microsoft.Cache/redis/accessPolicyAssignments")]
    public async Task An_existing_Redis_lets_the_app_in_and_nothing_else_is_done_to_it(string parameters, string assignment)
    {
        var deployment = await templates.DeployAsync(parameters);

        var touched = deployment.Resources.Where(resource => ((string)resource["id"]!).Contains("22222222-2222-2222-2222-222222222222", StringComparison.Ordinal)
            && ((string)resource["type"]!).StartsWith("Microsoft.Cache", StringComparison.Ordinal));
        Assert.Equal(assignment, (string?)Assert.Single(touched)["type"]);
        Assert.Empty(deployment.Of("Microsoft.Cache/redisEnterprise"));
        Assert.Empty(deployment.Of("Microsoft.Cache/redis"));
    }

    [Fact]
    public async Task A_budget_is_made_where_there_is_one() =>
        Assert.Equal(500, (int?)(await templates.DeployAsync("cache")).One("Microsoft.Consumption/budgets")["properties"]!["amount"]);

    [Fact]
    public async Task Every_parameter_is_documented()
    {
        var documentation = await ReadAsync("deployment.md");

        Assert.All((await templates.MainAsync())["parameters"]!.AsObject(), parameter =>
            Assert.True(parameter.Key == "location" || documentation.Contains($"`{parameter.Key}`", StringComparison.Ordinal), parameter.Key));
    }

    [Fact]
    public async Task Every_app_setting_is_documented()
    {
        var documentation = await ReadAsync("deployment.md") + await ReadAsync("configuration.md");

        Assert.All((await templates.DeployAsync("prod")).AppSettings, setting =>
            Assert.Contains($"`{setting.Key}`", documentation, StringComparison.Ordinal));
    }

    private static bool Public(Deployment deployment) => (string?)deployment.One("Microsoft.Web/sites")["properties"]!["publicNetworkAccess"] == "Enabled";

    private static Task<string> ReadAsync(string document) => File.ReadAllTextAsync(
        Path.Combine(Functions.LocalHost.LocalConfiguration.FindRoot(), "docs", document), TestContext.Current.CancellationToken);
}
