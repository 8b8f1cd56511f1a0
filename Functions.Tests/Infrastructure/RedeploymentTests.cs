using System.Text.Json.Nodes;

namespace Functions.Tests.Infrastructure;

/// <summary>Deploying works the first time, every time after, and when something was deleted in between; and the checks of that find what they are there for.</summary>
public sealed class RedeploymentTests(Templates templates)
{
    [Fact]
    public async Task The_administrator_of_PostgreSQL_is_there_before_the_database()
    {
        var template = await templates.MainAsync();
        Assert.Empty(RedeploymentChecks.AdministratorFirst(template));

        Resource(template, "postgres", "Microsoft.DBforPostgreSQL/flexibleServers/databases")["dependsOn"] = new JsonArray("server");

        Assert.Contains("Microsoft.DBforPostgreSQL/flexibleServers/databases: does not wait for the administrator", RedeploymentChecks.AdministratorFirst(template));
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task A_server_has_the_size_of_the_template_or_grows(string parameters) =>
        Assert.Empty(RedeploymentChecks.OneSize(await templates.DeployAsync(parameters)));

    [Fact]
    public async Task A_server_that_grows_and_has_a_size_is_found()
    {
        var deployment = await templates.DeployAsync("prod");
        deployment.One("Microsoft.DBforPostgreSQL/flexibleServers")["properties"]!["storage"]!["autoGrow"] = "Enabled";

        Assert.Single(RedeploymentChecks.OneSize(deployment));
    }

    [Fact]
    public async Task A_server_that_grows_keeps_its_size()
    {
        var storage = (await templates.DeployAsync("odd")).One("Microsoft.DBforPostgreSQL/flexibleServers")["properties"]!["storage"]!;

        Assert.Equal("""{"autoGrow":"Enabled"}""", storage.ToJsonString());
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task PostgreSQL_is_updated_in_a_window(string parameters)
    {
        var deployment = await templates.DeployAsync(parameters);
        Assert.Empty(RedeploymentChecks.MaintenanceWindow(deployment));

        foreach (var server in deployment.Of("Microsoft.DBforPostgreSQL/flexibleServers"))
        {
            server["properties"]!.AsObject().Remove("maintenanceWindow");
            Assert.NotEmpty(RedeploymentChecks.MaintenanceWindow(deployment));
        }
    }

    [Fact]
    public async Task Private_endpoints_are_made_one_after_the_other()
    {
        var template = await templates.MainAsync();
        Assert.Empty(RedeploymentChecks.EndpointsInTurn(template));

        Resource(template, "endpoints", "Microsoft.Resources/deployments")["copy"]!.AsObject().Remove("mode");

        Assert.Contains("Microsoft.Resources/deployments: makes private endpoints of one account at once", RedeploymentChecks.EndpointsInTurn(template));
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task The_app_can_read_its_package_and_cannot_write_it(string parameters) =>
        Assert.Empty(RedeploymentChecks.PackagesAreReadOnly(await templates.DeployAsync(parameters)));

    [Theory]
    [InlineData("b7e6dc6d-f1e8-4753-8033-0f276bb0955b")]
    [InlineData("ba92f5b4-2d11-453d-a403-e96b0029c9fe")]
    public async Task An_app_that_can_write_its_package_is_found(string role)
    {
        var deployment = await templates.DeployAsync("prod");
        var reads = deployment.Of("Microsoft.Authorization/roleAssignments").Single(assignment =>
            ((string)assignment["properties"]!["roleDefinitionId"]!).EndsWith("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", StringComparison.Ordinal));
        reads["properties"]!["roleDefinitionId"] = $"x/{role}";

        Assert.Contains($"the app has role {role} where its package is", RedeploymentChecks.PackagesAreReadOnly(deployment));
    }

    [Fact]
    public async Task Nobody_from_the_internet_reaches_what_the_app_writes_even_where_packages_are_uploaded_from_there()
    {
        var deployment = await templates.DeployNewAsync("""
            using 'main.bicep'
            param environmentName = 'dev'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            param deployerIpAddresses = ['203.0.113.7']
            """);

        var open = deployment.Of("Microsoft.Storage/storageAccounts").Where(account => (string?)account["properties"]!["publicNetworkAccess"] != "Disabled");
        Assert.StartsWith("pk", (string?)Assert.Single(open)["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assignments_are_named_by_whom_they_are_for()
    {
        var template = await templates.MainAsync();
        Assert.Empty(RedeploymentChecks.AssignmentNames(template));

        foreach (var module in new[] { "access", "redisManagedAccess", "redisCacheAccess" })
        {
            var mutated = await templates.MainAsync();
            var assignment = Resources(mutated, module).First(resource => ((string)resource["type"]!).EndsWith("Assignments", StringComparison.OrdinalIgnoreCase));
            assignment["name"] = "[guid(parameters('name'))]";
            Assert.Contains(RedeploymentChecks.AssignmentNames(mutated), problem => problem.Contains("is not named by the object id", StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task Azure_takes_every_name(string parameters) =>
        Assert.Empty(RedeploymentChecks.Names(await templates.DeployAsync(parameters)));

    [Theory]
    [InlineData("Dev")]
    [InlineData("()")]
    [InlineData("7")]
    [InlineData("The_shop.of-the-north(Europe)-in-production-since-the-year-2026.")]
    public async Task Any_name_of_an_environment_that_azd_takes_gives_names_that_Azure_takes(string environment)
    {
        var deployment = await templates.DeployNewAsync($"""
            using 'main.bicep'
            param environmentName = '{environment}'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            param redisKind = 'cacheForRedis'
            """);

        Assert.Empty(RedeploymentChecks.Names(deployment));
        Assert.Equal(environment, (string?)deployment.One("Microsoft.Web/sites")["tags"]!["azd-env-name"]);
    }

    [Fact]
    public async Task Environments_that_differ_in_spelling_only_have_different_names()
    {
        var one = await NamesAsync("Dev");
        var other = await NamesAsync("dev");

        Assert.Empty(one.Intersect(other, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "stDev2zt736k3rt63m")]
    [InlineData("Microsoft.KeyVault/vaults", "kv-dev--2zt736k3rt")]
    [InlineData("Microsoft.KeyVault/vaults", "kv-development-2zt736k3rt")]
    [InlineData("Microsoft.DBforPostgreSQL/flexibleServers", "serverless-Dev-postgres")]
    [InlineData("Microsoft.Web/sites", "serverless-development-of-the-shop-2zt736")]
    public async Task A_name_that_Azure_does_not_take_is_found(string type, string name)
    {
        var deployment = await templates.DeployAsync("prod");
        deployment.Of(type).First()["name"] = name;

        Assert.Contains($"{type} cannot be called {name}", RedeploymentChecks.Names(deployment));
    }

    [Theory, MemberData(nameof(Templates.All), MemberType = typeof(Templates))]
    public async Task The_subnet_holds_all_instances(string parameters) =>
        Assert.Empty(RedeploymentChecks.SubnetSize(await templates.DeployAsync(parameters)));

    [Fact]
    public async Task A_subnet_that_is_too_small_is_found()
    {
        var deployment = await templates.DeployAsync("prod");
        deployment.One("Microsoft.Network/virtualNetworks")["properties"]!["subnets"]![0]!["properties"]!["addressPrefix"] = "10.70.0.0/27";

        Assert.Contains("subnet app has 27 addresses for 20 instances", RedeploymentChecks.SubnetSize(deployment));
    }

    [Fact]
    public async Task Production_is_locked_against_deletion_and_development_is_not()
    {
        var prod = await templates.DeployAsync("prod");
        Assert.Empty(RedeploymentChecks.Locks(prod));
        Assert.Empty((await templates.DeployAsync("dev")).Of("Microsoft.Authorization/locks"));

        prod.Of("Microsoft.Authorization/locks").First()["properties"]!["level"] = "ReadOnly";
        Assert.Single(RedeploymentChecks.Locks(prod));
    }

    [Fact]
    public async Task Outputs_are_named_as_azd_keeps_them()
    {
        var template = await templates.MainAsync();
        Assert.Empty(RedeploymentChecks.Outputs(template));

        template["outputs"]!["apiAddress"] = new JsonObject { ["type"] = "string", ["value"] = "" };
        Assert.Contains("output apiAddress: azd has capitals", RedeploymentChecks.Outputs(template));
    }

    [Fact]
    public async Task The_release_script_asks_for_outputs_that_there_are()
    {
        var outputs = (await templates.MainAsync())["outputs"]!.AsObject().Select(output => output.Key).ToHashSet();
        var script = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Bicep.Folder)!, "release.sh"), TestContext.Current.CancellationToken);

        var asked = System.Text.RegularExpressions.Regex.Matches(script, @"\$\(output (\w+)\)").Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(outputs));
    }

    [Theory]
    [InlineData("param production = true\nparam minimumInstances = 2", "Production needs alertEmails")]
    [InlineData("param production = true\nparam minimumInstances = 2\nparam alertEmails = ['']", "Production needs alertEmails")]
    [InlineData("param production = true\nparam alertEmails = ['ops@example.org']", "Production needs minimumInstances")]
    [InlineData("param deployerObjectId = ''", "A new PostgreSQL server needs deployerObjectId and deployerName")]
    [InlineData("param maximumInstances = 62", "has addresses for 61 instances, not 62")]
    [InlineData("param networkPrefix = '10.0.0.0/26'", "has addresses for 0 instances")]
    [InlineData("param minimumInstances = 11", "maximumInstances is less than minimumInstances")]
    [InlineData("param zoneRedundant = true\nparam minimumInstances = 2", "needs a postgresSku that is not Burstable")]
    [InlineData("param redisKind = 'existing'", "redisKind existing needs existingRedisId")]
    [InlineData("param monthlyBudget = 10", "monthlyBudget needs alertEmails and budgetStartDate")]
    public async Task What_cannot_work_is_refused_before_anything_is_made(string parameters, string reason)
    {
        var deployer = parameters.Contains("deployerObjectId", StringComparison.Ordinal) ? "" : "param deployerObjectId = '99999999-9999-9999-9999-999999999999'\n";
        var refused = await templates.RefusedAsync($"using 'main.bicep'\nparam environmentName = 'dev'\nparam deployerName = 'deployers'\n{deployer}{parameters}");

        Assert.Contains(reason, refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_is_said_to_be_production()
    {
        var parameters = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "prod.bicepparam"), TestContext.Current.CancellationToken);

        Assert.Contains("param production = true", parameters, StringComparison.Ordinal);
    }

    private async Task<HashSet<string>> NamesAsync(string environment)
    {
        var deployment = await templates.DeployNewAsync($"""
            using 'main.bicep'
            param environmentName = '{environment}'
            param deployerObjectId = '99999999-9999-9999-9999-999999999999'
            param deployerName = 'deployers'
            """);
        string[] types =
        [
            "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.Web/sites", "Microsoft.Web/serverfarms",
            "Microsoft.Network/virtualNetworks",
        ];
        return [.. types.SelectMany(deployment.Of).Select(resource => (string)resource["name"]!)];
    }

    private static JsonObject Resource(JsonObject template, string module, string type) =>
        Resources(template, module).Single(resource => (string?)resource["type"] == type);

    private static IEnumerable<JsonObject> Resources(JsonObject template, string module) =>
        template["resources"]![module]!["properties"]!["template"]!["resources"] switch
        {
            JsonObject named => named.Select(resource => resource.Value!.AsObject()),
            JsonNode listed => listed.AsArray().Select(resource => resource!.AsObject()),
            null => [],
        };
}
